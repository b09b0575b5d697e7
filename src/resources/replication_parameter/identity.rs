//! What tells parameters apart: the publisher or the group that is named, and an import by it.

use async_trait::async_trait;
use tfplugin::{
    Context, Diagnostics, Field, Private, ResourceIdentity, resource::Imported,
    schema::IdentitySchema,
};

use super::{IMPORT, Model, ReplicationParameter, model::ARGUMENTS, target::Target};
use crate::{
    connection::DatabaseArguments,
    operation::Operation,
    provider::Configured,
    resources::{account, last_seen::mark_imported},
};

/// The identity: what the configuration names.
#[derive(Clone, Debug, tfplugin::Model)]
pub struct ParameterIdentity {
    /// The AWS account. An import compares it with that of the credentials.
    #[attribute(optional)]
    account_id: Field<String>,
    #[attributes(describe(
        cluster_identifier = "What is named; exactly one of the four.",
        db_instance_identifier = "What is named; exactly one of the four.",
        region = "The AWS Region. Defaults to the provider's in an import.",
    ))]
    publisher: DatabaseArguments,
    /// What is named; exactly one of the four.
    #[attribute(optional)]
    db_cluster_parameter_group_name: Field<String>,
    /// What is named; exactly one of the four.
    #[attribute(optional)]
    db_parameter_group_name: Field<String>,
}

#[async_trait]
impl ResourceIdentity<Configured> for ReplicationParameter {
    type Identity = ParameterIdentity;

    fn identity_schema(&self) -> IdentitySchema {
        IdentitySchema::of::<ParameterIdentity>()
    }

    fn identity(&self, provider: &Configured, state: &Model) -> ParameterIdentity {
        // By which argument it is named is known when all of them are.
        let is_open = Target::from_model(state).is_none();
        let name = |argument: &Field<String>| match is_open {
            true => Field::Unknown,
            false => argument.clone(),
        };
        ParameterIdentity {
            account_id: account::account_id(provider, &state.publisher.region),
            publisher: DatabaseArguments {
                cluster_identifier: name(&state.publisher.cluster_identifier),
                db_instance_identifier: name(&state.publisher.db_instance_identifier),
                region: account::region(provider, &state.publisher.region),
            },
            db_cluster_parameter_group_name: name(&state.db_cluster_parameter_group_name),
            db_parameter_group_name: name(&state.db_parameter_group_name),
        }
    }

    /// The same parameter can be named by its group instead of its cluster, without a call.
    fn identity_may_change(&self, attribute: &str) -> bool {
        ARGUMENTS.contains(&attribute)
    }

    fn canonical_identity(&self, identity: ParameterIdentity) -> ParameterIdentity {
        let of_rds = account::identifier_of_rds;
        ParameterIdentity {
            publisher: account::canonical(identity.publisher),
            db_cluster_parameter_group_name: of_rds(identity.db_cluster_parameter_group_name),
            db_parameter_group_name: of_rds(identity.db_parameter_group_name),
            ..identity
        }
    }

    async fn import_by_identity(
        &self,
        context: &Context,
        provider: &Configured,
        identity: ParameterIdentity,
    ) -> Result<Imported<Model>, Diagnostics> {
        let operation = &Operation::look(context, IMPORT, account::TIMEOUT);
        let region = account::imported_region(provider, operation, identity.publisher.region)?;
        account::check_account(provider, operation, &identity.account_id, &region).await?;
        let state = Model {
            publisher: DatabaseArguments {
                region,
                ..identity.publisher
            },
            db_cluster_parameter_group_name: identity.db_cluster_parameter_group_name,
            db_parameter_group_name: identity.db_parameter_group_name,
            ..Model::unread()
        };
        let named = state.names().into_iter();
        let is_one = named.filter(|name| name.known().is_some()).count() == 1;
        let target = Target::from_model(&state).filter(|_| is_one);
        let target = target.ok_or_else(|| {
            operation.error(format!(
                "Give exactly one of {} in the identity.",
                ARGUMENTS.join(", ")
            ))
        })?;
        let mut private = Private::default();
        mark_imported(&mut private);
        target.refuse_arn(operation)?;
        Ok(Imported::new(Model {
            id: target.id().into(),
            ..state
        })
        .keeping(private))
    }
}
