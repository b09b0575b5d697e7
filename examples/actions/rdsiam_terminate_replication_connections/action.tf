# After the parameter was switched on, established streams go on with their passwords. This ends them, so
# that their consumers log in again, with a token.
action "rdsiam_terminate_replication_connections" "orders" {
  config {
    cluster_identifier = "orders"
  }
}

resource "rdsiam_replication_parameter" "orders" {
  cluster_identifier = "orders"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.rdsiam_terminate_replication_connections.orders]
    }
  }
}
