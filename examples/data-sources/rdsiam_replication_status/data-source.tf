resource "rdsiam_replication_parameter" "orders" {
  cluster_identifier = "orders"
}

# What holds after the change. Without `depends_on` it would be read in the plan, before it.
data "rdsiam_replication_status" "orders" {
  cluster_identifier = "orders"
  depends_on         = [rdsiam_replication_parameter.orders]
}

# A warning at the end of each plan and apply when something has broken, and never an error.
check "orders_replication" {
  assert {
    condition = data.rdsiam_replication_status.orders.ready
    error_message = join("\n", [
      for one in data.rdsiam_replication_status.orders.prerequisites :
      "${one.name} must be ${one.required}, and is ${one.actual}. ${one.detail}" if !one.met
    ])
  }

  assert {
    # It is null for a cluster that is not there.
    condition     = data.rdsiam_replication_status.orders.in_effect == true
    error_message = "IAM authentication of replication connections is not in effect on orders."
  }
}

# An error in place of a warning: what uses this does not go on unless the instance is ready.
data "rdsiam_replication_status" "billing" {
  db_instance_identifier = "billing"

  lifecycle {
    postcondition {
      condition     = self.ready
      error_message = "billing: ${join(", ", [for one in self.prerequisites : one.name if !one.met])}."
    }
  }
}

# The consumer's policy names the cluster by its resource id.
data "rdsiam_replication_status" "stock" {
  cluster_identifier = "stock"
}

output "stock_dbuser" {
  value = "dbuser:${data.rdsiam_replication_status.stock.resource_id}/cdc"
}
