# Terraform 1.12 and OpenTofu 1.12, or later.
import {
  to = rdsiam_replication_user.cdc
  identity = {
    cluster_identifier = "orders"
    name               = "cdc"
  }
}
