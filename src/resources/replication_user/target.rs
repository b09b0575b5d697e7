//! The database that a role is in, and the id that says so.

use tfplugin::{Diagnostic, Field, resource::PlanResponse};

use super::Model;
use crate::{
    aws::rds::publisher::{self, Identifier},
    connection::{self, Connection, Connections, Database, Named},
    diagnostics,
    provider::Configured,
    region,
    scope::Scope,
};

/// The arguments that name a database.
const ARGUMENTS: [&str; 3] = ["cluster_identifier", "db_instance_identifier", "region"];

/// The database that a configuration or state names.
pub(super) fn named(model: &Model) -> Named {
    Named {
        identifier: connection::identifier(
            &model.cluster_identifier,
            &model.db_instance_identifier,
        ),
        region: model.region.clone(),
    }
}

/// The id of a role in a database.
pub(super) fn id(database: &Database, model: &Model) -> String {
    let name = model.name.known().cloned().unwrap_or_default();
    format!("{}/{name}", database.target())
}

/// The state of a role of which nothing was read yet. The database of the provider block is named by no
/// argument.
pub(super) fn unread(
    provider: &Configured,
    database: &Database,
    named: Named,
    name: String,
) -> Model {
    let is_default = match provider.connections.of(&Named::default()) {
        Connection::Known(default) => {
            let kind = |database: &Database| database.identifier().map(Identifier::argument);
            named.region.is_null()
                && kind(&default) == kind(database)
                && default.target() == database.target()
        }
        Connection::Unknown | Connection::NotConfigured => false,
    };
    let mut state = Model::with_defaults(name);
    if !is_default {
        state.cluster_identifier = named.argument("cluster_identifier");
        state.db_instance_identifier = named.argument("db_instance_identifier");
        state.region = named.region;
    }
    state.id = id(database, &state).into();
    state
}

/// An error that names both databases when the state's is not the one that is meant now.
pub(super) fn points_elsewhere(
    state: &Model,
    database: &Database,
    operation: &str,
) -> Option<Diagnostic> {
    let before = target_of(state)?;
    let now = database.target();
    (before != now).then(|| {
        Diagnostic::error(
            operation,
            format!(
                "The user is one of {before:?}, and the provider now points at {now:?}. Point the provider back at \
                 {before:?}, or remove the resource from the state if its database is gone."
            ),
        )
        .at("name")
    })
}

/// Replaces a user of which the configuration names another database. Naming the same one in another
/// way changes nothing, and one that is not known yet is taken to be the same.
pub(super) fn plan_update(
    config: &Model,
    prior: &Model,
    connections: &Connections,
    response: &mut PlanResponse<Model>,
) {
    if prior.id.is_null() {
        // It was moved here, from a resource whose state does not say which database it is in.
        response.planned.id = Field::Unknown;
        return;
    }
    if let Connection::Known(database) = connections.of(&named(config))
        && named(prior) == named(config)
    {
        let complaint = points_elsewhere(prior, &database, "Plan Replication User");
        response.diagnostics.extend(complaint);
    }
    if !is_same(config, prior, connections) {
        response.requires_replace.extend(ARGUMENTS.map(Into::into));
    }
}

/// Whether a configuration names the database that a state is of, as far as that is known.
pub(super) fn is_same(config: &Model, prior: &Model, connections: &Connections) -> bool {
    let (before, now) = (named(prior), named(config));
    let says_the_same = before == now;
    match connections.of(&now) {
        Connection::Known(_) if says_the_same => true,
        Connection::Known(database) => {
            target_of(prior) == Some(database.target())
                && connections.is_same_region(&before.region, &now.region)
        }
        // What is not known yet is known at apply, and compared there.
        Connection::Unknown => says_the_same || may_be_same(config, prior, connections),
        Connection::NotConfigured => says_the_same,
    }
}

/// Whether arguments of which some are not known yet can turn out to name the database of a state.
fn may_be_same(config: &Model, prior: &Model, connections: &Connections) -> bool {
    let may_be = |now: &Field<String>, of_other_kind: &Field<String>| match now {
        Field::Null => true,
        Field::Known(now) => {
            of_other_kind.is_null() && target_of(prior) == Some(now.to_lowercase())
        }
        // Whatever it will be, it is no instance in place of a cluster.
        Field::Unknown => of_other_kind.is_null(),
    };
    may_be(&config.cluster_identifier, &prior.db_instance_identifier)
        && may_be(&config.db_instance_identifier, &prior.cluster_identifier)
        && connections.may_be_same_region(&prior.region, &config.region)
}

/// What an id to import names.
pub(super) struct ImportedId {
    pub(super) id: String,
    pub(super) named: Named,
    pub(super) name: String,
}

/// Reads `TARGET/NAME` or `TARGET@REGION/NAME`, and finds out what TARGET is. The database of the
/// provider block is named by no argument.
///
/// # Errors
/// When the id has another form, or there is no such cluster or instance.
pub(super) async fn find_imported(
    provider: &Configured,
    scope: &Scope,
    id: &str,
    operation: &str,
) -> Result<ImportedId, Diagnostic> {
    let wrong_form = || {
        Diagnostic::error(
            operation,
            format!(
                "The id {id:?} has the wrong form. Use `TARGET/NAME`: the identifier of the cluster or instance \
                 (`TARGET@REGION` when it is not in the provider's Region), or `host:port`, and after the first \
                 slash the role's name."
            ),
        )
    };
    let (target, name) = id
        .split_once('/')
        .filter(|(target, name)| !target.is_empty() && !name.is_empty())
        .ok_or_else(wrong_form)?;
    let (target, region) = region::split(target);
    let target = target.to_lowercase();
    let of = |named| ImportedId {
        id: format!("{target}/{name}"),
        named,
        name: name.to_owned(),
    };
    let default = provider.connections.of(&Named::default());
    if region.is_none() {
        match &default {
            Connection::Known(database) if database.target() == target => {
                return Ok(of(Named::default()));
            }
            Connection::Unknown => default.database(operation).map(|_| ())?,
            Connection::Known(_) | Connection::NotConfigured => {}
        }
    }
    let is_host = target.contains(':') && !target.starts_with("arn:");
    if is_host {
        let now = match &default {
            Connection::Known(database) => format!("points at {:?}", database.target()),
            Connection::NotConfigured | Connection::Unknown => "names no host".to_owned(),
        };
        return Err(Diagnostic::error(
            operation,
            format!(
                "The user is one of {target:?}, and the provider's `postgres` block {now}. Only the provider block \
                 can name a host."
            ),
        ));
    }
    let Some(aws) = &provider.aws else {
        return Err(default.database(operation).err().unwrap_or_else(wrong_form));
    };
    let clients = aws.of(region);
    for identifier in [
        Identifier::Cluster(target.clone()),
        Identifier::Instance(target.clone()),
    ] {
        let found = publisher::find(&clients, scope, &identifier)
            .await
            .map_err(|error| diagnostics::aws(operation, &error))?;
        if found.is_some() {
            return Ok(of(Named {
                identifier: identifier.into(),
                region: region.map(str::to_owned).into(),
            }));
        }
    }
    Err(Diagnostic::error(
        operation,
        format!(
            "There is no DB cluster and no DB instance {target:?} in {}. Check the id, the Region and the account.",
            clients.place()
        ),
    ))
}

/// The TARGET of a state's id.
pub(super) fn target_of(state: &Model) -> Option<String> {
    let (target, _) = state.id.known()?.split_once('/')?;
    Some(target.to_lowercase())
}
