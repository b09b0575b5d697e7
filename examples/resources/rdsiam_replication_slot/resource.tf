resource "rdsiam_publication" "orders" {
  name = "orders_pub"

  tables = {
    "public.orders" = {}
  }
}

# The reference makes the publication come first.
resource "rdsiam_replication_slot" "orders" {
  name         = "orders_cdc"
  publications = [rdsiam_publication.orders.name]

  timeouts {
    create = "10m"
  }
}

# A slot that standby servers have as well (PostgreSQL 17 or later), of another database, with another plugin. Its
# consumer takes a new snapshot by itself when the slot is another one, so that it may be made again.
resource "rdsiam_replication_slot" "search" {
  name          = "search"
  database      = "shop"
  plugin        = "test_decoding"
  failover      = true
  on_loss       = "recreate"
  force_destroy = true
}
