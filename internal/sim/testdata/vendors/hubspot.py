"""HubSpot's own Python client against the simulated account: python hubspot.py URL TOKEN"""
import sys

import hubspot_sdk

url, token = sys.argv[1:]
c = hubspot_sdk.HubSpot(access_token=token, base_url=url, max_retries=0)


def refused(kind, call):
    try:
        call()
    except kind as e:
        return str(e)
    raise SystemExit(f"not refused with {kind.__name__}")


c.crm.properties.groups.create("contacts", name="leadtriage", label="Leadtriage")
new = dict(name="leadtriage_score", label="Score", group_name="leadtriage", type="number", field_type="number")
assert c.crm.properties.create("contacts", **new).name == "leadtriage_score"
refused(hubspot_sdk.ConflictError, lambda: c.crm.properties.create("contacts", **new))
stages = [o.label for o in c.crm.properties.get("lifecyclestage", object_type="0-1").options]
assert stages[0] == "Subscriber", stages
stage = c.crm.pipelines.create_stage if hasattr(c.crm.pipelines, "create_stage") else c.crm.pipelines.stages.create
made = stage("contacts-lifecycle-pipeline", object_type="contacts", label="EQL", display_order=2, metadata={"isClosed": "false", "state": "OPEN"})
assert made.id.isdigit() and made.display_order == 2, made


def upsert(**properties):
    answer = c.crm.objects.contacts.batch.upsert(inputs=[dict(id="ada@acme.example", id_property="email", object_write_trace_id="t1", properties=properties)])
    assert answer.status == "COMPLETE" and len(answer.results) == 1, answer
    return answer.results[0]


first = upsert(firstname="Ada", leadtriage_score="84", lifecyclestage=made.id)
again = upsert(firstname="Ada")
assert first.new and not again.new and first.id == again.id, (first, again)
back = c.crm.objects.contacts.batch.update(inputs=[dict(id=first.id, properties={"lifecyclestage": "lead"})])
got = c.crm.objects.contacts.get("ada@acme.example", id_property="email", properties=["lifecyclestage", "leadtriage_score"])
assert got.properties["lifecyclestage"] == made.id and got.properties["leadtriage_score"] == "84", got
said = refused(hubspot_sdk.BadRequestError, lambda: upsert(nothing="1"))
assert "PROPERTY_DOESNT_EXIST" in said, said
refused(hubspot_sdk.BadRequestError, lambda: upsert(leadtriage_score="eighty"))
refused(hubspot_sdk.ConflictError, lambda: c.crm.objects.contacts.create(properties={"email": "ada@acme.example"}, associations=[]))
refused(hubspot_sdk.NotFoundError, lambda: c.crm.objects.contacts.get("77"))
refused(hubspot_sdk.BadRequestError, lambda: c.crm.objects.companies.batch.upsert(inputs=[dict(id="acme.example", id_property="domain", properties={"name": "Acme"})]))
company = c.crm.objects.companies.create(properties={"domain": "acme.example", "name": "Acme"}, associations=[])
eq = [{"filters": [{"propertyName": "domain", "operator": "EQ", "value": "acme.example"}]}]
found = c.crm.objects.companies.search(after="0", filter_groups=eq, limit=10, properties=["domain"], sorts=["createdate"])
assert found.total == 1 and found.results[0].id == company.id, found
note = dict(properties={"hs_note_body": "hello", "hs_timestamp": "2026-11-30T09:00:00.000Z"},
            associations=[{"to": {"id": first.id}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]}])
assert c.crm.objects.notes.create(**note).id
del note["properties"]["hs_timestamp"]
refused(hubspot_sdk.BadRequestError, lambda: c.crm.objects.notes.create(**note))
assert list(c.crm.owners.list().results)[0].email == "dana@ours.example"
other = hubspot_sdk.HubSpot(access_token="nonsense", base_url=url, max_retries=0)
assert "expired" in refused(hubspot_sdk.AuthenticationError, lambda: other.crm.owners.list())
print("ok")
