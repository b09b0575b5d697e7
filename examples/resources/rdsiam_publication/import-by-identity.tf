# Terraform 1.12 and OpenTofu 1.12, or later.
import {
  to = rdsiam_publication.orders
  identity = {
    cluster_identifier = "orders"
    database           = "shop"
    name               = "orders_pub"
  }
}
