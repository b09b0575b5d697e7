# Terraform 1.12 and OpenTofu 1.12, or later.
import {
  to = rdsiam_publication_grant.cdc
  identity = {
    cluster_identifier = "orders"
    database           = "shop"
    role               = "cdc"
  }
}
