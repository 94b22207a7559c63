import type {
  AccessTokenQuery,
  CustomerFollowListBody,
  CustomFieldKeyBody,
  CustomFieldListBody,
  CustomFieldSaveBody,
  DepartmentListQuery,
  DepartmentMoveBody,
  DepartmentSaveBody,
  DirectoryReplaceBody,
  FollowBatchCreateBody,
  FollowChangesBody,
  FollowCreateBody,
  FollowDeleteBody,
  FollowGetBody,
  FollowListBody,
  FollowReconcileBody,
  FollowRestoreBody,
  FollowSystemListBody,
  FollowTypeAddBody,
  FollowTypeIdBody,
  FollowTypeListBody,
  FollowTypeRenameBody,
  FollowUpdateBody,
  OperationName,
  OpportunityFollowListBody,
  StaffLeaveBody,
  StaffListQuery,
  StaffMoveBody,
  StaffSaveBody,
} from 'genjin-contract'
import { OPERATIONS } from 'genjin-contract'
import { accessToken } from '../service/auth/access-token.ts'
import type { Context, TokenSession } from '../service/context.ts'
import { customFieldDelete, customFieldList, customFieldSave } from '../service/dictionary/custom-fields.ts'
import {
  followTypeAdd,
  followTypeDelete,
  followTypeDisable,
  followTypeEnable,
  followTypeRename,
} from '../service/dictionary/follow-types.ts'
import { departmentList, followTypeList, staffList } from '../service/directory/lists.ts'
import {
  departmentMove,
  departmentSave,
  directoryReplace,
  staffLeave,
  staffMove,
  staffSave,
} from '../service/directory/write.ts'
import { followBatchCreate, followCreate } from '../service/follow/create.ts'
import { followChanges } from '../service/follow/feed.ts'
import { followGet } from '../service/follow/get.ts'
import { customerFollowList, opportunityFollowList } from '../service/follow/legacy-lists.ts'
import { followList, followListForSystem } from '../service/follow/list.ts'
import { followReconcile } from '../service/follow/reconcile.ts'
import { followDelete, followRestore, followUpdate } from '../service/follow/update.ts'
import { successFrame } from './envelope.ts'

/** A request that was read by its operation's schema. */
export interface Call<Input> {
  readonly context: Context
  readonly session: TokenSession
  /** The body of a POST, the query of a GET. */
  readonly input: Input
  /** The header Idempotency-Key. */
  readonly key: string | undefined
}

const followListFrame = successFrame(OPERATIONS.followList.okMsg)

type Handler = (call: Call<never>) => Promise<string | Buffer>

/** Operation → what answers it: the JSON text of `data`, or the whole answer as bytes. One service call each. */
export const HANDLERS: Record<OperationName, Handler> = {
  accessToken: async ({ context, input }: Call<AccessTokenQuery>) =>
    JSON.stringify(await accessToken(context, input)),
  followList: ({ context, session, input }: Call<FollowListBody>) =>
    followList(context, session, input, followListFrame),
  followListForSystem: async ({ context, session, input }: Call<FollowSystemListBody>) =>
    (await followListForSystem(context, session, input)).json,
  followCreate: async ({ context, session, input, key }: Call<FollowCreateBody>) =>
    followCreate(context, session, input, key),
  followUpdate: ({ context, session, input, key }: Call<FollowUpdateBody>) =>
    followUpdate(context, session, input, key),
  followDelete: ({ context, session, input, key }: Call<FollowDeleteBody>) =>
    followDelete(context, session, input, key),
  followRestore: ({ context, session, input, key }: Call<FollowRestoreBody>) =>
    followRestore(context, session, input, key),
  followBatchCreate: ({ context, session, input, key }: Call<FollowBatchCreateBody>) =>
    followBatchCreate(context, session, input, key),
  followGet: ({ context, session, input }: Call<FollowGetBody>) => followGet(context, session, input),
  followChanges: ({ context, session, input }: Call<FollowChangesBody>) =>
    followChanges(context, session, input),
  followReconcile: ({ context, session, input }: Call<FollowReconcileBody>) =>
    followReconcile(context, session, input),
  customerFollowList: async ({ context, session, input }: Call<CustomerFollowListBody>) =>
    (await customerFollowList(context, session, input)).json,
  opportunityFollowList: async ({ context, session, input }: Call<OpportunityFollowListBody>) =>
    (await opportunityFollowList(context, session, input)).json,
  followTypeList: async ({ context, session, input }: Call<FollowTypeListBody>) =>
    (await followTypeList(context, session, input)).json,
  followTypeAdd: ({ context, session, input, key }: Call<FollowTypeAddBody>) =>
    followTypeAdd(context, session, input, key),
  followTypeRename: ({ context, session, input, key }: Call<FollowTypeRenameBody>) =>
    followTypeRename(context, session, input, key),
  followTypeDisable: ({ context, session, input, key }: Call<FollowTypeIdBody>) =>
    followTypeDisable(context, session, input, key),
  followTypeEnable: ({ context, session, input, key }: Call<FollowTypeIdBody>) =>
    followTypeEnable(context, session, input, key),
  followTypeDelete: ({ context, session, input, key }: Call<FollowTypeIdBody>) =>
    followTypeDelete(context, session, input, key),
  customFieldList: async ({ context, session, input }: Call<CustomFieldListBody>) =>
    (await customFieldList(context, session, input)).json,
  customFieldSave: ({ context, session, input, key }: Call<CustomFieldSaveBody>) =>
    customFieldSave(context, session, input, key),
  customFieldDelete: ({ context, session, input, key }: Call<CustomFieldKeyBody>) =>
    customFieldDelete(context, session, input, key),
  staffList: async ({ context, session, input }: Call<StaffListQuery>) =>
    (await staffList(context, session, input)).json,
  departmentList: async ({ context, session, input }: Call<DepartmentListQuery>) =>
    (await departmentList(context, session, input)).json,
  staffSave: ({ context, session, input, key }: Call<StaffSaveBody>) =>
    staffSave(context, session, input, key),
  staffLeave: ({ context, session, input, key }: Call<StaffLeaveBody>) =>
    staffLeave(context, session, input, key),
  staffMove: ({ context, session, input, key }: Call<StaffMoveBody>) =>
    staffMove(context, session, input, key),
  departmentSave: ({ context, session, input, key }: Call<DepartmentSaveBody>) =>
    departmentSave(context, session, input, key),
  departmentMove: ({ context, session, input, key }: Call<DepartmentMoveBody>) =>
    departmentMove(context, session, input, key),
  directoryReplace: ({ context, session, input, key }: Call<DirectoryReplaceBody>) =>
    directoryReplace(context, session, input, key),
}
