//! The cluster, instance or host that an object is in, and the id that says so.

use std::fmt;

use tfplugin::{Diagnostic, Field, resource::PlanResponse};

use super::InDatabase;
use crate::{
    aws::rds::{lookup, publisher::Identifier},
    connection::{Database, DatabaseArguments, DatabaseLookup, DatabaseRef, Databases},
    diagnostics, host,
    operation::Operation,
    provider::Configured,
    rds_name, region,
};

/// The arguments that name a database.
const ARGUMENTS: [&str; 3] = ["cluster_identifier", "db_instance_identifier", "region"];

/// The cluster, instance or host that an object is in, as ids say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::resources) enum Target {
    /// The cluster or instance, in lower case. RDS has a space of names for each.
    Publisher(Identifier),
    /// `host:port`.
    Host(String),
    /// An identifier without its kind, as earlier versions wrote it.
    OfNoKind(String),
}

impl Target {
    /// The target that a database is.
    pub(in crate::resources) fn new(database: &Database) -> Self {
        match database.identifier() {
            Some(identifier) => Self::Publisher(identifier.to_lowercase()),
            None => Self::Host(database.target()),
        }
    }

    /// Reads the TARGET of an id.
    fn parse(text: &str) -> Self {
        let text = text.to_lowercase();
        // An identifier begins with a letter and a port does not: a host may be called `cluster`.
        let kind = text
            .split_once(':')
            .filter(|(_, rest)| rest.starts_with(|first: char| first.is_ascii_alphabetic()));
        match kind {
            Some(("cluster", identifier)) => {
                Self::Publisher(Identifier::Cluster(identifier.to_owned()))
            }
            Some(("instance", identifier)) => {
                Self::Publisher(Identifier::Instance(identifier.to_owned()))
            }
            _ if text.contains(':') && !text.starts_with("arn:") => {
                Self::Host(host::with_brackets(text))
            }
            _ => Self::OfNoKind(text),
        }
    }

    /// Whether both are the same one, as far as they say what they are.
    pub(in crate::resources) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::OfNoKind(text), Self::Publisher(identifier))
            | (Self::Publisher(identifier), Self::OfNoKind(text)) => text == identifier.as_str(),
            _ => self == other,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Publisher(Identifier::Cluster(identifier)) => write!(f, "cluster:{identifier}"),
            Self::Publisher(Identifier::Instance(identifier)) => write!(f, "instance:{identifier}"),
            Self::Host(text) | Self::OfNoKind(text) => f.write_str(text),
        }
    }
}

/// The arguments of an object of which nothing was read yet. The database of the provider block is named by none.
pub(in crate::resources) fn unread(
    provider: &Configured,
    database: &Database,
    database_ref: DatabaseRef,
) -> DatabaseArguments {
    let is_default = match provider.databases.lookup(&DatabaseRef::default()) {
        DatabaseLookup::Known(default) => {
            database_ref.region.is_null() && Target::new(&default) == Target::new(database)
        }
        DatabaseLookup::Unknown | DatabaseLookup::NotConfigured => false,
    };
    match is_default {
        true => DatabaseArguments::default(),
        false => database_ref.into(),
    }
}

/// An error that names both databases when the state's is not the one that is meant now.
pub(in crate::resources) fn points_elsewhere<M: InDatabase>(
    state: &M,
    database: &Database,
    operation: &Operation,
) -> Option<Diagnostic> {
    let before = target_of(state)?;
    let now = Target::new(database);
    (!before.is_same(&now)).then(|| {
        operation.error(format!(
            "The {} is one of \"{before}\", and the provider now points at \"{now}\". Point the provider back at \
             \"{before}\", or remove the resource from the state if its database is gone.",
            M::NOUN
        ))
        .at(M::ARGUMENT)
    })
}

/// Replaces an object of which the configuration names another database. Naming the same one in another
/// way changes nothing, and one that is not known yet is taken to be the same.
pub(in crate::resources) fn plan_update<M: InDatabase>(
    config: &M,
    prior: &M,
    databases: &Databases,
    operation: &Operation,
    response: &mut PlanResponse<M>,
) {
    if let DatabaseLookup::Known(database) = databases.lookup(&config.database_ref())
        && prior.arguments() == config.arguments()
    {
        let complaint = points_elsewhere(prior, &database, operation);
        response.diagnostics.extend(complaint);
    }
    if !is_same(config, prior, databases) {
        response.requires_replace.extend(ARGUMENTS.map(Into::into));
    }
}

/// Whether a configuration names the database that a state is of, as far as that is known.
pub(in crate::resources) fn is_same<M: InDatabase>(
    config: &M,
    prior: &M,
    databases: &Databases,
) -> bool {
    let (before, now) = (
        prior.arguments().database_ref(),
        config.arguments().database_ref(),
    );
    let says_the_same = before == now;
    match databases.lookup(&now) {
        DatabaseLookup::Known(_) if says_the_same => true,
        DatabaseLookup::Known(database) => {
            target_of(prior).is_some_and(|before| before.is_same(&Target::new(&database)))
                && databases.is_same_region(&before.region, &now.region)
        }
        // What is not known yet is known at apply, and compared there.
        DatabaseLookup::Unknown => says_the_same || may_be_same(config, prior, databases),
        DatabaseLookup::NotConfigured => says_the_same,
    }
}

/// Whether arguments of which some are not known yet can turn out to name the database of a state. Only one
/// of the two can name one.
fn may_be_same<M: InDatabase>(config: &M, prior: &M, databases: &Databases) -> bool {
    let (before, now) = (prior.arguments(), config.arguments());
    let (cluster, instance) = (&now.cluster_identifier, &now.db_instance_identifier);
    let known = cluster
        .known()
        .cloned()
        .map(Identifier::Cluster)
        .or_else(|| instance.known().cloned().map(Identifier::Instance));
    // Whatever it will be, it is no instance in place of a cluster.
    let may_name = |before: &Field<String>, now: &Field<String>| {
        before.is_null() || now.is_unknown() || (cluster.is_null() && instance.is_null())
    };
    let may_be = match known {
        Some(now) => {
            let now = Target::Publisher(now.to_lowercase());
            target_of(prior).is_some_and(|before| before.is_same(&now))
        }
        None => {
            may_name(&before.cluster_identifier, cluster)
                && may_name(&before.db_instance_identifier, instance)
        }
    };
    may_be && databases.may_be_same_region(&before.region, &now.region)
}

/// What an id to import names.
pub(in crate::resources) struct ImportedId {
    /// The whole of it, with the kind of TARGET.
    pub(in crate::resources) id: String,
    /// The cluster or instance.
    pub(in crate::resources) database_ref: DatabaseRef,
    /// What comes after the first slash.
    pub(in crate::resources) rest: String,
}

/// Reads `TARGET/..` or `TARGET@REGION/..`, and finds out what TARGET is if it does not say so. The
/// database of the provider block is named by no argument.
///
/// # Errors
/// When the id has another form, or there is no such cluster or instance.
pub(in crate::resources) async fn find_imported<M: InDatabase>(
    provider: &Configured,
    id: &str,
    operation: &Operation,
) -> Result<ImportedId, Diagnostic> {
    let scope = operation.scope();
    let wrong_form = || wrong_form::<M>(operation, id);
    let (target, rest) = id
        .split_once('/')
        .filter(|(target, rest)| !target.is_empty() && !rest.is_empty())
        .ok_or_else(wrong_form)?;
    let (target, region) = region::split(target);
    let target = Target::parse(target);
    let of = |target: &Target, database_ref| ImportedId {
        id: format!("{target}/{rest}"),
        database_ref,
        rest: rest.to_owned(),
    };
    let default = provider.databases.lookup(&DatabaseRef::default());
    let no_database = || {
        let database = provider.database(operation, &DatabaseRef::default());
        database.err().unwrap_or_else(wrong_form)
    };
    if region.is_none() {
        match &default {
            DatabaseLookup::Known(database) if target.is_same(&Target::new(database)) => {
                return Ok(of(&Target::new(database), DatabaseRef::default()));
            }
            DatabaseLookup::Unknown => return Err(no_database()),
            DatabaseLookup::Known(_) | DatabaseLookup::NotConfigured => {}
        }
    }
    let candidates = match target {
        Target::Publisher(identifier) => vec![identifier],
        Target::OfNoKind(text) => {
            vec![
                Identifier::Cluster(text.clone()),
                Identifier::Instance(text),
            ]
        }
        Target::Host(host) => return Err(cannot_name_a_host::<M>(operation, &host, &default)),
    };
    for identifier in &candidates {
        rds_name::refuse_arn_of(operation, identifier)?;
    }
    let Some(aws) = &provider.aws else {
        return Err(no_database());
    };
    let clients = aws.clients_in(region);
    for identifier in &candidates {
        let found = lookup::find(&clients, scope, identifier)
            .await
            .map_err(|error| diagnostics::aws(operation, &error))?;
        if found.is_some() {
            let database_ref = DatabaseRef {
                identifier: identifier.clone().into(),
                region: region.map(str::to_owned).into(),
                name: Field::Null,
            };
            return Ok(of(&Target::Publisher(identifier.clone()), database_ref));
        }
    }
    let what = match candidates.as_slice() {
        [one] => one.to_string(),
        several => several
            .iter()
            .map(Identifier::to_string)
            .collect::<Vec<_>>()
            .join(" and no "),
    };
    Err(operation.error(format!(
        "There is no {what} in {}. Check the id, the Region and the account.",
        clients.location()
    )))
}

/// The error of an id that cannot be read.
pub(in crate::resources) fn wrong_form<M: InDatabase>(
    operation: &Operation,
    id: &str,
) -> Diagnostic {
    operation.error(format!(
        "The id {id:?} has the wrong form. Use `{}`: `cluster:IDENTIFIER` or `instance:IDENTIFIER` (with `@REGION` behind \
         it when it is not in the provider's Region), or `host:port`, and after the first slash {}.",
        M::ID,
        M::AFTER_TARGET
    ))
}

fn cannot_name_a_host<M: InDatabase>(
    operation: &Operation,
    host: &str,
    default: &DatabaseLookup,
) -> Diagnostic {
    let now = match default {
        DatabaseLookup::Known(database) => format!("points at \"{}\"", Target::new(database)),
        DatabaseLookup::NotConfigured | DatabaseLookup::Unknown => "names no host".to_owned(),
    };
    operation.error(format!(
        "The {} is one of {host:?}, and the provider's `postgres` block {now}. Only the provider block can name a \
         host.",
        M::NOUN
    ))
}

/// The TARGET of a state's id. What an earlier version of the provider wrote without a kind has that of the
/// argument which names it.
pub(in crate::resources) fn target_of<M: InDatabase>(state: &M) -> Option<Target> {
    let (target, _) = state.id().known()?.split_once('/')?;
    let target = Target::parse(target);
    let identifier = state.arguments().identifier();
    let identifier = identifier.known().map(Identifier::to_lowercase);
    Some(match (target, identifier) {
        (target @ Target::OfNoKind(_), Some(identifier))
            if target.is_same(&Target::Publisher(identifier.clone())) =>
        {
            Target::Publisher(identifier)
        }
        (target, _) => target,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_says_its_kind_and_is_read_back() {
        for (text, target) in [
            (
                "cluster:orders",
                Target::Publisher(Identifier::Cluster("orders".to_owned())),
            ),
            (
                "instance:orders",
                Target::Publisher(Identifier::Instance("orders".to_owned())),
            ),
            (
                "db.example.com:5432",
                Target::Host("db.example.com:5432".to_owned()),
            ),
            (
                "[2001:db8::1]:5432",
                Target::Host("[2001:db8::1]:5432".to_owned()),
            ),
            ("cluster:5432", Target::Host("cluster:5432".to_owned())),
            ("orders", Target::OfNoKind("orders".to_owned())),
        ] {
            assert_eq!(Target::parse(&text.to_uppercase()), target, "{text}");
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn target_with_an_ipv6_address_is_the_same_with_and_without_brackets() {
        let with = Target::parse("[2001:db8::1]:5432");
        assert_eq!(Target::parse("2001:DB8::1:5432"), with);
    }
}
