# All slots of the server of the provider's `postgres` block.
data "rdsiam_replication_slots" "all" {}

# What holds back more than 10 GB of WAL.
output "slots_that_retain_much" {
  value = {
    for slot in data.rdsiam_replication_slots.all.slots : slot.name => slot.retained_bytes
    if coalesce(slot.retained_bytes, 0) > 10 * 1024 * 1024 * 1024
  }
}

# Whether each consumer is there, and not far behind.
check "consumers" {
  data "rdsiam_replication_slots" "cdc" {
    cluster_identifier = "orders"
    name_regex         = "_cdc$"
  }

  assert {
    condition = alltrue([
      for slot in data.rdsiam_replication_slots.cdc.slots :
      slot.status == "usable" && slot.active && coalesce(slot.lag_bytes, 0) < 1024 * 1024 * 1024
    ])
    error_message = join("\n", [
      for slot in data.rdsiam_replication_slots.cdc.slots :
      "${slot.name}: ${slot.status}, ${slot.active ? "in use" : "nobody reads it"}, ${coalesce(slot.lag_bytes, 0)} bytes behind"
    ])
  }
}
