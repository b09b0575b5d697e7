//! What the wire says after a change, beside what the catalogue and the parameter imply.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use tfplugin::Diagnostic;

use crate::{
    connection::{Database, Endpoint},
    postgres::{
        self, Demanded, Kind,
        replication_user::{Implication, Method},
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
/// against the catalogue and the parameter. A change of the parameter that is on its way is waited for.
///
/// An error shows both sides where they disagree; a warning says that the server could not be asked,
/// once for each server.
pub(super) async fn prove(
    database: &Database,
    endpoint: &Endpoint,
    scope: &Scope,
    name: &str,
    catalogue: &Snapshot,
) -> Option<Diagnostic> {
    match ask(database, endpoint, scope, name, catalogue).await {
        Ok(()) => None,
        Err(Unproven::Disagrees(sides)) => Some(disagrees(name, endpoint, &sides)),
        Err(Unproven::NotAsked(why)) => endpoint
            .mark_unproven()
            .then(|| not_possible(name, endpoint, &why)),
    }
}

/// Why the server's side is not the one that is implied.
enum Unproven {
    /// What is implied and not demanded, each beside what is.
    Disagrees(Vec<(Implication, Demanded)>),
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
    catalogue: &Snapshot,
) -> Result<(), Unproven> {
    let connector = &endpoint.connector;
    // Without an answer nothing is held against the flag.
    let publisher = database.publisher(scope).await.ok().flatten();
    let iam = publisher.map(|publisher| publisher.iam_database_authentication_enabled);
    let implied = catalogue.implied(name, iam);
    let replicates = implied.iter().any(|one| one.kind == Kind::Replication);
    if let Some(running) = catalogue.iam_auth_for_replication.filter(|_| replicates) {
        database.wait_for_parameter(scope, running).await;
    }
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_max_times(TIMES)
        .build();
    let mut first = Some(implied);
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
                let implied = first.take();
                async move {
                    let implied = match implied {
                        Some(implied) => implied,
                        None => connector.snapshot_now(scope).await?.implied(name, iam),
                    };
                    let demanded = connector.demands(scope, name, &implied).await?;
                    let sides: Vec<_> = implied
                        .into_iter()
                        .zip(demanded)
                        .filter(|(implied, demanded)| !implied.agrees_with(demanded))
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

fn disagrees(name: &str, endpoint: &Endpoint, sides: &[(Implication, Demanded)]) -> Diagnostic {
    let sides: Vec<String> = sides
        .iter()
        .map(|(implied, demanded)| {
            let kind = match implied.kind {
                Kind::Normal => "normal",
                Kind::Replication => "replication",
            };
            let method = match implied.method {
                Some(Method::Token) => "a token",
                Some(Method::Password) => "a password",
                None => "a token or a password",
            };
            format!(
                "- on a {kind} connection the server demands {demanded}, where {method} is to be expected: {}",
                implied.because
            )
        })
        .collect();
    Diagnostic::error(
        "Authentication Not As Expected",
        format!(
            "The change to {name:?} is committed, and {} was asked what it demands of a login of {name:?}:\n{}\n\nBelieve \
             the server. Check that the endpoint leads to the cluster or instance itself, that IAM database authentication \
             is enabled, and what is pending; the next plan shows the catalogue's side.",
            endpoint.connector.endpoint(),
            sides.join("\n")
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
