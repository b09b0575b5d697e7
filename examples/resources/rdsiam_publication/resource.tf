# Two tables, all of their columns and rows.
resource "rdsiam_publication" "orders" {
  name = "orders_pub"

  tables = {
    "public.orders" = {}
    "public.items"  = {}
  }
}

# Some columns and rows (PostgreSQL 15 or later). The key of the table is among the columns, and the filter
# uses nothing but the key, so that UPDATEs and DELETEs go on.
resource "rdsiam_publication" "europe" {
  name     = "europe_pub"
  database = "shop"

  tables = {
    "sales.customers" = {
      columns = ["region", "id", "name"]
      where   = "region IN ('de', 'fr')"
    }
  }
}

# An event log whose rows never change: INSERTs alone, of a partitioned table as a whole.
resource "rdsiam_publication" "events" {
  name                       = "events_pub"
  publish                    = ["insert"]
  publish_via_partition_root = true

  tables = {
    "public.events" = {}
  }
}

# All tables of the database, those to come included.
resource "rdsiam_publication" "everything" {
  name       = "everything_pub"
  all_tables = true
}
