//! The database that a resource names of its own.

use tfplugin::{
    Diagnostic, Diagnostics, Field,
    schema::{Attribute, Validator},
};

use crate::{aws::rds::publisher::Identifier, rds_name, region};

/// What a resource names of its own, in place of the provider's default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The publisher.
    pub identifier: Field<Identifier>,
    /// Its Region.
    pub region: Field<String>,
}

/// The publisher that two arguments name, of which at most one is set.
pub fn identifier(
    cluster_identifier: &Field<String>,
    db_instance_identifier: &Field<String>,
) -> Field<Identifier> {
    match cluster_identifier {
        Field::Null => db_instance_identifier.clone().map(Identifier::Instance),
        cluster => cluster.clone().map(Identifier::Cluster),
    }
}

/// The argument `region` of whatever names something in AWS.
pub fn region_attribute() -> Attribute {
    Attribute::string("region")
        .optional()
        .validate(Validator::custom(|value| {
            let region = value.as_str().unwrap_or_default();
            if region::is_region(region) {
                return Ok(());
            }
            Err(format!(
                "must be an AWS Region such as `eu-central-1`, and is {region:?}"
            ))
        }))
}

/// The arguments of whatever looks at a database and keeps no state: which one.
pub fn database_attributes() -> [Attribute; 3] {
    [
        rds_name::attribute("cluster_identifier")
            .description(
                "Identifier of the DB cluster. At most one of `cluster_identifier` and `db_instance_identifier`. \
                 Defaults to the database of the provider's `postgres` block.",
            ),
        rds_name::attribute("db_instance_identifier")
            .description("Identifier of the DB instance (RDS for PostgreSQL, in no cluster)."),
        region_attribute().description(
            "AWS Region of the cluster or instance that is named here. Defaults to the provider's.",
        ),
    ]
}

impl Named {
    /// An error when a Region is named for nothing.
    pub fn validate(&self) -> Diagnostics {
        if self.identifier.is_null() && !self.region.is_null() {
            return Diagnostic::error(
                "Region Of Nothing",
                "`region` says where the cluster or instance is that the same block names. Set `cluster_identifier` \
                 or `db_instance_identifier` too, or remove `region`.",
            )
            .at("region")
            .into();
        }
        Diagnostics::new()
    }

    /// Refuses an ARN that has become known only now.
    ///
    /// # Errors
    /// That it is one, at the argument.
    pub fn refuse_arn(&self, operation: &str) -> Result<(), Diagnostic> {
        match &self.identifier {
            Field::Known(identifier) => rds_name::refuse_arn_of(operation, identifier),
            Field::Null | Field::Unknown => Ok(()),
        }
    }

    /// The value of an argument that may name the database.
    pub fn argument(&self, argument: &str) -> Field<String> {
        match &self.identifier {
            Field::Known(identifier) if identifier.argument() == argument => {
                identifier.as_str().into()
            }
            Field::Known(_) | Field::Null | Field::Unknown => Field::Null,
        }
    }

    /// A complaint about the database, at the argument that names it.
    pub fn blame(&self, diagnostic: Diagnostic) -> Diagnostic {
        match &self.identifier {
            Field::Known(identifier) => diagnostic.at(identifier.argument()),
            Field::Null | Field::Unknown => diagnostic,
        }
    }
}
