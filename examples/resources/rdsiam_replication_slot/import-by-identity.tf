# Terraform 1.12 and OpenTofu 1.12, or later.
import {
  to = rdsiam_replication_slot.orders
  identity = {
    cluster_identifier = "orders"
    name               = "orders_cdc"
  }
}
