import type { OperationName } from 'genjin-contract'
import { auditList } from '../service/audit.ts'
import { accessToken } from '../service/auth/access-token.ts'
import { customFieldDelete, customFieldList, customFieldSave } from '../service/dictionary/custom-fields.ts'
import {
  followTypeAdd,
  followTypeDelete,
  followTypeDisable,
  followTypeEnable,
  followTypeList,
  followTypeRename,
} from '../service/dictionary/follow-types.ts'
import { departmentList, departmentMove, departmentSave } from '../service/directory/departments.ts'
import { directoryReplace } from '../service/directory/replace.ts'
import { staffLeave, staffList, staffMove, staffSave } from '../service/directory/staff.ts'
import { followBatchCreate } from '../service/follow/batch-create.ts'
import { followCreate } from '../service/follow/create.ts'
import { followChanges } from '../service/follow/feed.ts'
import { followGet } from '../service/follow/get.ts'
import { customerFollowList, opportunityFollowList } from '../service/follow/legacy-lists.ts'
import { followList, followListForSystem } from '../service/follow/list.ts'
import { followReconcile } from '../service/follow/reconcile.ts'
import { followDelete, followRestore, followUpdate } from '../service/follow/update.ts'
import type { Handler } from '../service/operation.ts'
import { appCreate, appList, appRename, appRevoke, appRotate } from '../service/people/apps.ts'
import {
  me,
  mePasskeyAdd,
  mePasskeyBegin,
  mePasskeyRemove,
  mePassword,
  meSave,
  meSessionEnd,
} from '../service/people/me.ts'
import {
  personDisable,
  personInvite,
  personList,
  personRole,
  personSessionEnd,
  personSessionList,
} from '../service/people/people.ts'

/** Operation → the service that answers it. */
export const HANDLERS: { readonly [Name in OperationName]: Handler<Name> } = {
  accessToken,
  followList,
  followListForSystem,
  followCreate,
  followUpdate,
  followDelete,
  followRestore,
  followBatchCreate,
  followGet,
  followChanges,
  followReconcile,
  customerFollowList,
  opportunityFollowList,
  followTypeList,
  followTypeAdd,
  followTypeRename,
  followTypeDisable,
  followTypeEnable,
  followTypeDelete,
  customFieldList,
  customFieldSave,
  customFieldDelete,
  staffList,
  departmentList,
  staffSave,
  staffLeave,
  staffMove,
  departmentSave,
  departmentMove,
  directoryReplace,
  me,
  meSave,
  meSessionEnd,
  mePassword,
  mePasskeyBegin,
  mePasskeyAdd,
  mePasskeyRemove,
  personList,
  personInvite,
  personRole,
  personDisable,
  personSessionList,
  personSessionEnd,
  appList,
  appCreate,
  appRename,
  appRotate,
  appRevoke,
  auditList,
}
