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
import type { Parts, TokenSession } from '../service/context.ts'
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
  readonly parts: Parts
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
  accessToken: async ({ parts, input }: Call<AccessTokenQuery>) =>
    JSON.stringify(await accessToken(parts, input)),
  followList: ({ parts, session, input }: Call<FollowListBody>) =>
    followList(parts, session, input, followListFrame),
  followListForSystem: async ({ parts, session, input }: Call<FollowSystemListBody>) =>
    (await followListForSystem(parts, session, input)).json,
  followCreate: async ({ parts, session, input, key }: Call<FollowCreateBody>) =>
    followCreate(parts, session, input, key),
  followUpdate: ({ parts, session, input, key }: Call<FollowUpdateBody>) =>
    followUpdate(parts, session, input, key),
  followDelete: ({ parts, session, input, key }: Call<FollowDeleteBody>) =>
    followDelete(parts, session, input, key),
  followRestore: ({ parts, session, input, key }: Call<FollowRestoreBody>) =>
    followRestore(parts, session, input, key),
  followBatchCreate: ({ parts, session, input, key }: Call<FollowBatchCreateBody>) =>
    followBatchCreate(parts, session, input, key),
  followGet: ({ parts, session, input }: Call<FollowGetBody>) => followGet(parts, session, input),
  followChanges: ({ parts, session, input }: Call<FollowChangesBody>) => followChanges(parts, session, input),
  followReconcile: ({ parts, session, input }: Call<FollowReconcileBody>) =>
    followReconcile(parts, session, input),
  customerFollowList: async ({ parts, session, input }: Call<CustomerFollowListBody>) =>
    (await customerFollowList(parts, session, input)).json,
  opportunityFollowList: async ({ parts, session, input }: Call<OpportunityFollowListBody>) =>
    (await opportunityFollowList(parts, session, input)).json,
  followTypeList: async ({ parts, session, input }: Call<FollowTypeListBody>) =>
    (await followTypeList(parts, session, input)).json,
  followTypeAdd: ({ parts, session, input, key }: Call<FollowTypeAddBody>) =>
    followTypeAdd(parts, session, input, key),
  followTypeRename: ({ parts, session, input, key }: Call<FollowTypeRenameBody>) =>
    followTypeRename(parts, session, input, key),
  followTypeDisable: ({ parts, session, input, key }: Call<FollowTypeIdBody>) =>
    followTypeDisable(parts, session, input, key),
  followTypeEnable: ({ parts, session, input, key }: Call<FollowTypeIdBody>) =>
    followTypeEnable(parts, session, input, key),
  followTypeDelete: ({ parts, session, input, key }: Call<FollowTypeIdBody>) =>
    followTypeDelete(parts, session, input, key),
  customFieldList: async ({ parts, session, input }: Call<CustomFieldListBody>) =>
    (await customFieldList(parts, session, input)).json,
  customFieldSave: ({ parts, session, input, key }: Call<CustomFieldSaveBody>) =>
    customFieldSave(parts, session, input, key),
  customFieldDelete: ({ parts, session, input, key }: Call<CustomFieldKeyBody>) =>
    customFieldDelete(parts, session, input, key),
  staffList: async ({ parts, session, input }: Call<StaffListQuery>) =>
    (await staffList(parts, session, input)).json,
  departmentList: async ({ parts, session, input }: Call<DepartmentListQuery>) =>
    (await departmentList(parts, session, input)).json,
  staffSave: ({ parts, session, input, key }: Call<StaffSaveBody>) => staffSave(parts, session, input, key),
  staffLeave: ({ parts, session, input, key }: Call<StaffLeaveBody>) =>
    staffLeave(parts, session, input, key),
  staffMove: ({ parts, session, input, key }: Call<StaffMoveBody>) => staffMove(parts, session, input, key),
  departmentSave: ({ parts, session, input, key }: Call<DepartmentSaveBody>) =>
    departmentSave(parts, session, input, key),
  departmentMove: ({ parts, session, input, key }: Call<DepartmentMoveBody>) =>
    departmentMove(parts, session, input, key),
  directoryReplace: ({ parts, session, input, key }: Call<DirectoryReplaceBody>) =>
    directoryReplace(parts, session, input, key),
}
