terraform {
  required_providers {
    rdsiam = {
      source = "rdsiam/rdsiam"
    }
  }
}

# Credentials come from the environment, the shared files, or the metadata of a container or an
# instance, as for the AWS CLI.
provider "rdsiam" {
  region = "eu-central-1"

  # The database in which roles are granted. Writer endpoint, port, database, master user and the
  # secret that RDS manages for it are looked up.
  postgres {
    cluster_identifier = "orders"
  }
}

# Another database, reached through a tunnel, as a user who logs in with IAM tokens.
provider "rdsiam" {
  alias  = "billing"
  region = "eu-central-1"

  postgres {
    host     = "billing.cluster-c1a2b3d4e5f6.eu-central-1.rds.amazonaws.com"
    database = "billing"
    username = "role_admin"
    iam_auth = true

    # The TCP connection goes here; the token and the certificate's name stay those of `host`.
    connect_host = "127.0.0.1"
    connect_port = 15432
  }
}

# Another account: a role of one's own first, then the one that its owner lets us assume.
provider "rdsiam" {
  alias  = "partner"
  region = "eu-central-1"

  assume_role {
    role_arn = "arn:aws:iam::123456789012:role/deploy"
  }

  assume_role {
    role_arn     = "arn:aws:iam::210987654321:role/replication"
    session_name = "terraform"
    external_id  = "a-shared-id"
    duration     = "30m"
  }

  # Nothing is asked of any other account than this one.
  allowed_account_ids = ["210987654321"]
}

# A role for a pipeline that has a token of its identity provider, and reaches AWS by a proxy.
provider "rdsiam" {
  alias  = "pipeline"
  region = "us-east-1"

  assume_role_with_web_identity {
    role_arn                = "arn:aws:iam::123456789012:role/pipeline"
    web_identity_token_file = "/var/run/secrets/token"
  }

  use_fips_endpoint = true
  https_proxy       = "http://proxy.example.com:3128"
  custom_ca_bundle  = "/etc/ssl/proxy.pem"
}
