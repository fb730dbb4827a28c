/** Workflows: which events go where. Written by the merchant, read when events are published. */
import type { Queryable } from './db.ts'

export interface ConditionRow {
  id: string
  type: 'event' | 'entity' | 'processing_channel'
  /** Of `event`: source → types; else UUIDs. */
  config: Record<string, string[]> | string[]
}

export interface ActionSettings {
  id: string
  url: string
  /** Headers and signature key, sealed. */
  sealed: Buffer
}

export interface WorkflowRow {
  id: string
  name: string | null
  active: boolean
  conditions: ConditionRow[]
  actions: ActionSettings[]
}

/** Makes a workflow unless the merchant has as many as it may. */
export async function createWorkflow(
  db: Queryable,
  entityKey: number,
  workflow: WorkflowRow,
  most: number,
): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>({
    name: 'create_workflow',
    text: `
      with made as (
        insert into workflows (entity_key, id, name, active)
        select $1, $2, $3, $4
         where (select count(*) from workflows w where w.entity_key = $1) < $7
        returning id
      ), conditions as (
        insert into workflow_conditions (entity_key, id, workflow_id, type, config)
        select $1, c.id, m.id, c.type, c.config
          from made m, json_to_recordset($5::json) as c (id uuid, type text, config jsonb)
      ), actions as (
        insert into workflow_actions (entity_key, id, workflow_id, url, sealed)
        select $1, a.id, m.id, a.url, decode(a.sealed, 'base64')
          from made m, json_to_recordset($6::json) as a (id uuid, url text, sealed text)
      )
      select id from made`,
    values: [
      entityKey,
      workflow.id,
      workflow.name,
      workflow.active,
      JSON.stringify(workflow.conditions),
      JSON.stringify(workflow.actions.map(actionRecord)),
      most,
    ],
  })
  return rows.length === 1
}

/** Bytes travel in JSON as base64. */
function actionRecord({ sealed, ...action }: ActionSettings) {
  return { ...action, sealed: sealed.toString('base64') }
}

export async function listWorkflows(
  db: Queryable,
  entityKey: number,
): Promise<Pick<WorkflowRow, 'id' | 'name' | 'active'>[]> {
  const { rows } = await db.query<Pick<WorkflowRow, 'id' | 'name' | 'active'>>({
    name: 'list_workflows',
    text: 'select w.id, w.name, w.active from workflows w where w.entity_key = $1 order by w.id',
    values: [entityKey],
  })
  return rows
}

export async function readWorkflow(db: Queryable, entityKey: number, id: string): Promise<WorkflowRow | undefined> {
  const { rows } = await db.query<
    Omit<WorkflowRow, 'actions'> & { actions: { id: string; url: string; sealed: string }[] }
  >({
    name: 'read_workflow',
    text: `
      select w.id, w.name, w.active,
             coalesce((select json_agg(json_build_object('id', c.id, 'type', c.type, 'config', c.config) order by c.id)
                         from workflow_conditions c where c.entity_key = $1 and c.workflow_id = $2), '[]') as conditions,
             coalesce((select json_agg(json_build_object('id', a.id, 'url', a.url, 'sealed', encode(a.sealed, 'base64'))
                                       order by a.id)
                         from workflow_actions a where a.entity_key = $1 and a.workflow_id = $2), '[]') as actions
        from workflows w
       where w.entity_key = $1 and w.id = $2`,
    values: [entityKey, id],
  })
  const [row] = rows
  return row && { ...row, actions: row.actions.map((one) => ({ ...one, sealed: Buffer.from(one.sealed, 'base64') })) }
}

/** What is changed of a workflow: `null` stays as it is; lists replace what was there. */
export interface WorkflowChange {
  name: string | null
  active: boolean | null
  conditions: ConditionRow[] | null
  actions: ActionSettings[] | null
}

/** A receiver that keeps its id keeps what waits for it; what waits for one that is taken away is not sent any more. */
export async function updateWorkflow(
  db: Queryable,
  entityKey: number,
  id: string,
  change: WorkflowChange,
): Promise<Pick<WorkflowRow, 'id' | 'name' | 'active'> | undefined> {
  const { rows } = await db.query<Pick<WorkflowRow, 'id' | 'name' | 'active'>>({
    name: 'update_workflow',
    text: `
      with changed as (
        update workflows w
           set name = coalesce($3, w.name), active = coalesce($4, w.active)
         where w.entity_key = $1 and w.id = $2
        returning w.id, w.name, w.active
      ), new_conditions as (
        select * from json_to_recordset($5::json) as c (id uuid, type text, config jsonb)
      ), dropped_conditions as (
        delete from workflow_conditions c
         where c.entity_key = $1 and c.workflow_id = $2 and $5::json is not null
           and c.type <> all (array(select type from new_conditions))
      ), kept_conditions as (
        insert into workflow_conditions (entity_key, id, workflow_id, type, config)
        select $1, n.id, m.id, n.type, n.config from new_conditions n cross join changed m
            on conflict (entity_key, workflow_id, type) do update set id = excluded.id, config = excluded.config
      ), dropped_actions as (
        delete from workflow_actions a
         where a.entity_key = $1 and a.workflow_id = $2 and $6::json is not null
           and a.id <> all (array(select id from json_to_recordset($6::json) as n (id uuid)))
        returning a.id
      ), canceled as (
        update deliveries d set state = 'canceled'
          from dropped_actions a
         where d.entity_key = $1 and d.action_id = a.id and d.state = 'waiting'
      ), new_actions as (
        insert into workflow_actions (entity_key, id, workflow_id, url, sealed)
        select $1, a.id, m.id, a.url, decode(a.sealed, 'base64')
          from changed m, json_to_recordset($6::json) as a (id uuid, url text, sealed text)
            on conflict (entity_key, id) do update set url = excluded.url, sealed = excluded.sealed
      )
      select id, name, active from changed`,
    values: [
      entityKey,
      id,
      change.name,
      change.active,
      change.conditions && JSON.stringify(change.conditions),
      change.actions && JSON.stringify(change.actions.map(actionRecord)),
    ],
  })
  return rows[0]
}

export async function deleteWorkflow(db: Queryable, entityKey: number, id: string): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>({
    name: 'delete_workflow',
    text: `
      with canceled as (
        update deliveries d set state = 'canceled'
          from workflow_actions a
         where a.entity_key = $1 and a.workflow_id = $2
           and d.entity_key = $1 and d.action_id = a.id and d.state = 'waiting'
      )
      delete from workflows w where w.entity_key = $1 and w.id = $2 returning w.id`,
    values: [entityKey, id],
  })
  return rows.length === 1
}

/** False when there is no such workflow, or it has as many receivers as it may. */
export async function addWorkflowAction(
  db: Queryable,
  entityKey: number,
  workflowId: string,
  action: ActionSettings,
  most: number,
): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>({
    name: 'add_workflow_action',
    text: `
      insert into workflow_actions (entity_key, id, workflow_id, url, sealed)
      select $1, $3, w.id, $4, $5 from workflows w
       where w.entity_key = $1 and w.id = $2
         and (select count(*) from workflow_actions a where a.entity_key = $1 and a.workflow_id = $2) < $6
      returning id`,
    values: [entityKey, workflowId, action.id, action.url, action.sealed, most],
  })
  return rows.length === 1
}

/** Another address is another receiver: it has not failed yet. What waits goes there. */
export async function replaceWorkflowAction(
  db: Queryable,
  entityKey: number,
  workflowId: string,
  action: ActionSettings,
): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>({
    name: 'replace_workflow_action',
    text: `
      update workflow_actions a
         set url = $4, sealed = $5, failures = 0, open_until = null, open_until_on = null
       where a.entity_key = $1 and a.workflow_id = $2 and a.id = $3
      returning a.id`,
    values: [entityKey, workflowId, action.id, action.url, action.sealed],
  })
  return rows.length === 1
}

export async function deleteWorkflowAction(
  db: Queryable,
  entityKey: number,
  workflowId: string,
  id: string,
): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>({
    name: 'delete_workflow_action',
    text: `
      with dropped as (
        delete from workflow_actions a
         where a.entity_key = $1 and a.workflow_id = $2 and a.id = $3
        returning a.id
      ), canceled as (
        update deliveries d set state = 'canceled'
          from dropped a
         where d.entity_key = $1 and d.action_id = a.id and d.state = 'waiting'
      )
      select id from dropped`,
    values: [entityKey, workflowId, id],
  })
  return rows.length === 1
}

/** @throws 23505 when the workflow has a condition of the type */
export async function addWorkflowCondition(
  db: Queryable,
  entityKey: number,
  workflowId: string,
  { id, type, config }: ConditionRow,
): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>({
    name: 'add_workflow_condition',
    text: `
      insert into workflow_conditions (entity_key, id, workflow_id, type, config)
      select $1, $3, w.id, $4, $5 from workflows w where w.entity_key = $1 and w.id = $2
      returning id`,
    values: [entityKey, workflowId, id, type, JSON.stringify(config)],
  })
  return rows.length === 1
}

/** @throws 23505 when the workflow has another condition of the type */
export async function replaceWorkflowCondition(
  db: Queryable,
  entityKey: number,
  workflowId: string,
  { id, type, config }: ConditionRow,
): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>({
    name: 'replace_workflow_condition',
    text: `
      update workflow_conditions c
         set type = $4, config = $5
       where c.entity_key = $1 and c.workflow_id = $2 and c.id = $3
      returning c.id`,
    values: [entityKey, workflowId, id, type, JSON.stringify(config)],
  })
  return rows.length === 1
}

export async function deleteWorkflowCondition(
  db: Queryable,
  entityKey: number,
  workflowId: string,
  id: string,
): Promise<boolean> {
  const { rows } = await db.query<{ id: string }>({
    name: 'delete_workflow_condition',
    text: `
      delete from workflow_conditions c
       where c.entity_key = $1 and c.workflow_id = $2 and c.id = $3
      returning c.id`,
    values: [entityKey, workflowId, id],
  })
  return rows.length === 1
}
