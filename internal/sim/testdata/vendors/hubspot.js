// HubSpot's own Node client, which calls v3 and v4, against the simulated account:
// node hubspot.js URL TOKEN, with NODE_PATH where it is installed.
const assert = require('node:assert')
const { Client } = require('@hubspot/api-client')

const [url, token] = process.argv.slice(2)
const c = new Client({ accessToken: token, basePath: url })

async function refused(status, call) {
  try {
    await call()
  } catch (e) {
    assert.equal(e.code, status, String(e))
    return JSON.stringify(e.body)
  }
  assert.fail(`not refused with ${status}`)
}

async function main() {
  await c.crm.properties.groupsApi.create('contacts', { name: 'leadtriage', label: 'Leadtriage' })
  const property = { name: 'leadtriage_score', label: 'Score', groupName: 'leadtriage', type: 'number', fieldType: 'number' }
  await c.crm.properties.coreApi.create('contacts', property)
  await refused(409, () => c.crm.properties.coreApi.create('contacts', property))
  const stage = await c.crm.pipelines.pipelineStagesApi.create('contacts', 'contacts-lifecycle-pipeline', { label: 'EQL', displayOrder: 2, metadata: { isClosed: 'false' } })
  const upsert = (properties) => c.crm.contacts.batchApi.upsert({ inputs: [{ id: 'ada@acme.example', idProperty: 'email', properties }] })
  const first = await upsert({ firstname: 'Ada', leadtriage_score: '84', lifecyclestage: stage.id })
  assert.equal(first.status, 'COMPLETE')
  assert.equal(first.results[0]._new, true)
  const again = await upsert({ firstname: 'Ada' })
  assert.equal(again.results[0]._new, false)
  const id = first.results[0].id
  await c.crm.contacts.basicApi.update(id, { properties: { lifecyclestage: 'lead' } })
  const got = await c.crm.contacts.basicApi.getById('ada@acme.example', ['lifecyclestage'], undefined, undefined, false, 'email')
  assert.equal(got.properties.lifecyclestage, stage.id)
  assert.match(await refused(400, () => upsert({ nothing: '1' })), /PROPERTY_DOESNT_EXIST/)
  assert.match(await refused(409, () => c.crm.contacts.basicApi.create({ properties: { email: 'ada@acme.example' }, associations: [] })), /Existing ID: \d+/)
  await refused(404, () => c.crm.contacts.basicApi.getById('77'))
  const company = await c.crm.companies.basicApi.create({ properties: { domain: 'acme.example' }, associations: [] })
  await c.crm.associations.v4.basicApi.createDefault('contacts', id, 'companies', company.id)
  const linked = await c.crm.associations.v4.basicApi.getPage('contacts', id, 'companies')
  assert.equal(String(linked.results[0].toObjectId), company.id)
  const found = await c.crm.companies.searchApi.doSearch({ filterGroups: [{ filters: [{ propertyName: 'domain', operator: 'EQ', value: 'acme.example' }] }], limit: 10 })
  assert.equal(found.total, 1)
  const owners = await c.crm.owners.ownersApi.getPage()
  assert.equal(owners.results[0].email, 'dana@ours.example')
  await refused(401, () => new Client({ accessToken: 'nonsense', basePath: url }).crm.owners.ownersApi.getPage())
  console.log('ok')
}

main().catch((e) => { console.error(e); process.exit(1) })
