//! What the server demands after a change, beside what the catalog and the parameter imply.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tfplugin::Diagnostic;

use crate::{
    aws::rds::publisher::Publisher,
    connection::{Database, Endpoint},
    diagnostics,
    postgres::{
        self, AuthRequest, ConnectionKind,
        replication_user::{AuthMethod, ExpectedAuth},
        snapshot::Snapshot,
    },
    scope::{GaveUp, Scope},
};

/// The first pause before a server is asked again that does not agree.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often it is asked again: for some ten seconds.
const TIMES: usize = 7;

/// Asks the server what it demands of a user on normal and replication connections, and holds that
/// against the catalog and the parameter. A change of the parameter that is on its way is waited for.
///
/// An error shows both sides where they disagree; a warning says that the server could not be asked,
/// once for each server.
pub(super) async fn verify_authentication(
    database: &Database,
    endpoint: &Endpoint,
    scope: &Scope,
    name: &str,
    catalog: &Snapshot,
) -> Option<Diagnostic> {
    match ask(database, endpoint, scope, name, catalog).await {
        Ok(()) => None,
        Err(Unproven::Disagrees(sides)) => {
            let publisher = database.publisher(scope).await.ok().flatten();
            Some(disagrees(name, endpoint, &sides, publisher.as_ref()))
        }
        Err(Unproven::NotAsked(why)) => endpoint
            .mark_unproven()
            .then(|| not_possible(name, endpoint, &why)),
    }
}

/// Why the server's side is not the one that is implied.
enum Unproven {
    /// What is implied and not demanded, each beside what is.
    Disagrees(Vec<(ExpectedAuth, AuthRequest)>),
    /// The server could not be asked, or not until it agrees.
    NotAsked(String),
}

impl From<postgres::Error> for Unproven {
    fn from(error: postgres::Error) -> Self {
        Self::NotAsked(error.to_string())
    }
}

/// Asks until the server agrees.
async fn ask(
    database: &Database,
    endpoint: &Endpoint,
    scope: &Scope,
    name: &str,
    catalog: &Snapshot,
) -> Result<(), Unproven> {
    let connector = &endpoint.connector;
    // Without an answer nothing is held against the flag.
    let publisher = database.publisher(scope).await.ok().flatten();
    let iam = publisher.map(|publisher| publisher.iam_database_authentication_enabled);
    let expected = catalog.expected_auth(name, iam);
    let replicates = expected
        .iter()
        .any(|one| one.kind == ConnectionKind::Replication);
    if let Some(running) = catalog.iam_auth_for_replication.filter(|_| replicates) {
        database.wait_for_parameter(scope, running).await;
    }
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(TIMES)
        .build();
    let mut first = Some(expected);
    let outcome = scope
        .retry(
            |unproven: &Unproven| match unproven {
                Unproven::Disagrees(sides) => {
                    let pause = pauses.next()?;
                    tracing::debug!(?sides, ?pause, "ask the server again what it demands");
                    Some(pause)
                }
                Unproven::NotAsked(_) => None,
            },
            || {
                let expected = first.take();
                async move {
                    let expected = match expected {
                        Some(expected) => expected,
                        None => connector
                            .snapshot_now(scope)
                            .await?
                            .expected_auth(name, iam),
                    };
                    let requested = connector.auth_requests(scope, name, &expected).await?;
                    let sides: Vec<_> = expected
                        .into_iter()
                        .zip(requested)
                        .filter(|(expected, requested)| !expected.agrees_with(requested))
                        .collect();
                    match sides.is_empty() {
                        true => Ok(()),
                        false => Err(Unproven::Disagrees(sides)),
                    }
                }
            },
        )
        .await;
    outcome.map_err(|GaveUp { last, ended }| match ended {
        // It might have agreed in time.
        Some(ended) => Unproven::NotAsked(format!("{ended} while trying to ask the server again")),
        None => last,
    })
}

fn disagrees(
    name: &str,
    endpoint: &Endpoint,
    sides: &[(ExpectedAuth, AuthRequest)],
    publisher: Option<&Publisher>,
) -> Diagnostic {
    let sides: Vec<String> = sides
        .iter()
        .map(|(expected, requested)| {
            let kind = match expected.kind {
                ConnectionKind::Normal => "normal",
                ConnectionKind::Replication => "replication",
            };
            let method = match expected.method {
                Some(AuthMethod::Token) => "a token",
                Some(AuthMethod::Password) => "a password",
                None => "a token or a password",
            };
            format!(
                "- on a {kind} connection the server demands {requested}, where {method} is to be expected: {}",
                expected.because
            )
        })
        .collect();
    Diagnostic::error(
        "Authentication Not As Expected",
        format!(
            "The change to {name:?} is committed, and {} was asked what it demands of a login of {name:?}:\n{}\n\nBelieve \
             the server. {} Check that the endpoint leads to the cluster or instance itself; the next plan shows the catalog's \
             side.",
            endpoint.connector.endpoint(),
            sides.join("\n"),
            publisher.map_or_else(
                || "Check that IAM database authentication is enabled, and what is pending.".to_owned(),
                diagnostics::iam_authentication
            )
        ),
    )
    .at("probe_authentication")
}

fn not_possible(name: &str, endpoint: &Endpoint, why: &str) -> Diagnostic {
    Diagnostic::warning(
        "Authentication Not Proven",
        format!(
            "The change to {name:?} is committed, and what {} demands of a login of {name:?} was not to be found out: \
             {why}. This is said once, for other users of this server as well. Set `probe_authentication = false` where it \
             cannot be asked.",
            endpoint.connector.endpoint()
        ),
    )
    .at("probe_authentication")
}
