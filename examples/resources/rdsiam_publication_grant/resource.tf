resource "rdsiam_replication_user" "cdc" {
  name        = "cdc"
  create_role = true
}

resource "rdsiam_publication" "orders" {
  name = "orders_pub"

  tables = {
    "public.orders" = {}
    "public.items"  = {}
  }
}

# What the user copies before it streams: the tables of the publication, and no others.
resource "rdsiam_publication_grant" "cdc" {
  role         = rdsiam_replication_user.cdc.name
  publications = [rdsiam_publication.orders.name]
}

# Another database of the same server. What the owner `app` is yet to create in the published schemas is readable
# from its creation on, published or not.
resource "rdsiam_publication_grant" "cdc_in_billing" {
  role                   = rdsiam_replication_user.cdc.name
  database               = "billing"
  publications           = ["billing_pub"]
  grant_future_tables_of = ["app"]
}
