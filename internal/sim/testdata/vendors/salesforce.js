// jsforce, the client that most Node programs use, against the simulated org:
// node salesforce.js URL SECRET, with NODE_PATH where it is installed.
const assert = require('node:assert')
const jsforce = require('jsforce')

const [url, secret] = process.argv.slice(2)

async function refused(code, call) {
  try {
    await call()
  } catch (e) {
    assert.equal(e.errorCode || e.name, code, String(e))
    return e
  }
  assert.fail(`not refused with ${code}`)
}

async function main() {
  const c = new jsforce.Connection({ instanceUrl: url, version: '66.0', oauth2: { loginUrl: url, clientId: 'consumer', clientSecret: secret } })
  await c.authorize({ grant_type: 'client_credentials' })
  assert.equal(c.userInfo.organizationId, '00Dxx0000001gPLEAY')
  const described = await c.sobject('Lead').describe()
  assert.ok(described.fields.some((f) => f.name === 'Leadtriage_Id__c' && f.externalId))
  const upsert = (fields) => c.sobject('Lead').upsert({ Leadtriage_Id__c: '0193aa', ...fields }, 'Leadtriage_Id__c')
  await refused('REQUIRED_FIELD_MISSING', () => upsert({ LastName: 'Rossi' }))
  const made = await upsert({ LastName: 'Rossi', Company: 'Acme', Email: 'ada@acme.example', Leadtriage_Score__c: 84 })
  assert.equal(made.created, true)
  assert.equal((await upsert({ FirstName: 'Ada' })).created, false)
  const found = await c.query("SELECT Id, Owner.Email, Leadtriage_Score__c FROM Lead WHERE Email = 'ADA@acme.example' AND IsConverted = false ORDER BY CreatedDate LIMIT 5")
  assert.equal(found.totalSize, 1)
  assert.equal(found.records[0].Id, made.id)
  assert.equal(found.records[0].Owner.Email, 'integration@vendor.example')
  const got = await c.sobject('Lead').retrieve(made.id)
  assert.equal(got.FirstName, 'Ada')
  assert.equal((await c.sobject('Lead').update({ Id: made.id, Title: 'CFO' })).success, true)
  await refused('INVALID_FIELD', () => upsert({ Nothing__c: '1' }))
  await refused('INVALID_FIELD', () => c.query('SELECT Nothing__c FROM Lead'))
  await refused('STRING_TOO_LONG', () => upsert({ FirstName: 'x'.repeat(41) }))
  await refused('MALFORMED_QUERY', () => c.query('SELECT FROM'))
  const campaign = await c.sobject('Campaign').create({ Name: 'acme' })
  const member = { CampaignId: campaign.id, LeadId: made.id }
  assert.equal((await c.sobject('CampaignMember').create(member)).success, true)
  await refused('DUPLICATE_VALUE', () => c.sobject('CampaignMember').create(member))
  assert.match(c.limitInfo.apiUsage.limit + '', /100000/)
  await refused('invalid_client', () => new jsforce.Connection({ oauth2: { loginUrl: url, clientId: 'consumer', clientSecret: 'nonsense' } }).authorize({ grant_type: 'client_credentials' }))
  console.log('ok')
}

main().catch((e) => { console.error(e); process.exit(1) })
