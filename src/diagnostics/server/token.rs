//! What a token was signed for, held against what AWS shows of the cluster or instance.

use std::{fmt, time::SystemTime};

use crate::{
    aws::{
        auth_token::SignedFor,
        db_user_arn::db_user_arn_of,
        rds::publisher::{Publisher, PublisherKind},
    },
    host,
    postgres::AuthRequest,
    region,
};

/// What lets RDS refuse a token, the first thing first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// The host is not the endpoint's own name, which is this one where it is known.
    Host(Option<String>),
    /// The port is not the endpoint's, which is this one.
    Port(u16),
    /// The Region is not that of the endpoint, which is this one.
    Region(String),
    /// No token is accepted.
    IamOff {
        /// Whether that is about to change.
        is_pending: bool,
    },
    /// Its time is over.
    Expired,
}

impl fmt::Display for Difference {
    /// As a sentence about the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(Some(host)) => {
                write!(f, "RDS names the endpoint {host}, which is another host.")
            }
            Self::Host(None) => f.write_str("That host is no name that RDS gives to an endpoint."),
            Self::Expired => {
                f.write_str("The token has expired, or the credentials that signed it.")
            }
            Self::Port(port) => write!(f, "The endpoint's port is {port}."),
            Self::Region(region) => write!(f, "The endpoint's Region is {region}."),
            Self::IamOff { is_pending: false } => {
                f.write_str("IAM database authentication is disabled.")
            }
            Self::IamOff { is_pending: true } => f.write_str(
                "IAM database authentication is disabled, and a change that enables it is pending.",
            ),
        }
    }
}

/// What of a token RDS does not accept, as far as AWS shows it.
pub(super) fn differences(signed: &SignedFor, publisher: Option<&Publisher>) -> Vec<Difference> {
    let mut differences = Vec::new();
    let host = signed.host.to_lowercase();
    let in_name = region::from_host(&host);
    let endpoint = publisher.and_then(|publisher| publisher.endpoint.clone());
    match (publisher, &endpoint) {
        _ if in_name.is_none() => differences.push(Difference::Host(endpoint)),
        (Some(publisher), Some(named)) if is_another(publisher, named, &host) => {
            differences.push(Difference::Host(endpoint));
        }
        _ => {}
    }
    let port = publisher.and_then(|publisher| publisher.port);
    differences.extend(
        port.filter(|port| *port != signed.port)
            .map(Difference::Port),
    );
    let region = publisher.and_then(Publisher::region).or(in_name);
    differences.extend(
        region
            .filter(|region| *region != signed.region)
            .map(|region| Difference::Region(region.to_owned())),
    );
    if let Some(publisher) = publisher.filter(|one| !one.iam_database_authentication_enabled) {
        differences.push(Difference::IamOff {
            is_pending: publisher.pending_iam_database_authentication_enabled == Some(true),
        });
    }
    if signed.expires_at <= SystemTime::now() {
        differences.push(Difference::Expired);
    }
    differences
}

/// Whether a host is not among the endpoints of a publisher: of a cluster the writer's and the readers' are told from its
/// own, and each member has one.
fn is_another(publisher: &Publisher, endpoint: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.');
    if host.eq_ignore_ascii_case(endpoint) || region::is_proxy(host) {
        return false;
    }
    match publisher.kind {
        PublisherKind::Instance => true,
        PublisherKind::Aurora | PublisherKind::MultiAzCluster => {
            let as_writer = host.replacen(".cluster-ro-", ".cluster-", 1);
            host.contains(".cluster-")
                && !host.contains(".cluster-custom-")
                && !as_writer.eq_ignore_ascii_case(endpoint)
        }
    }
}

/// What the server demands of a user, as a sentence; nothing where it did not say.
pub(super) fn demand(answer: &AuthRequest, username: &str) -> Option<String> {
    let is_said = !matches!(answer, AuthRequest::Refused(_));
    is_said
        .then(|| format!("Asked without credentials, the server demands {answer} of {username:?}."))
}

/// What AWS shows of IAM database authentication, as a sentence.
pub fn iam_authentication(publisher: &Publisher) -> String {
    let is_on = publisher.iam_database_authentication_enabled;
    let pending = publisher.pending_iam_database_authentication_enabled;
    format!(
        "AWS shows IAM database authentication of the {} as {}{}.",
        publisher.name(),
        if is_on { "enabled" } else { "disabled" },
        match pending.filter(|pending| *pending != is_on) {
            Some(_) => ", and a change of that is pending",
            None => "",
        }
    )
}

/// What a token was signed for, what of it differs from what AWS shows, what the server demands of whom, and what the policy of
/// whoever signed has to allow: in sentences.
pub(super) fn described(
    signed: &SignedFor,
    publisher: Option<&Publisher>,
    demanded: Option<(&AuthRequest, &str)>,
) -> Vec<String> {
    let SignedFor {
        host,
        port,
        region,
        username,
        access_key_id,
        expires_at: _,
    } = signed;
    let endpoint = host::with_port(host, *port);
    let mut sentences = vec![format!(
        "The token was signed for {endpoint}, the Region {region} and the user {username:?}, with the access key \
         {access_key_id}."
    )];
    let differences = differences(signed, publisher);
    match publisher {
        Some(publisher) if differences.is_empty() => sentences.push(format!(
            "That is what AWS shows of the {}, whose IAM database authentication is enabled.",
            publisher.name()
        )),
        Some(_) | None => {}
    }
    sentences.extend(differences.iter().map(ToString::to_string));
    sentences.extend(demanded.and_then(|(answer, username)| demand(answer, username)));
    let arn = publisher
        .and_then(|publisher| db_user_arn_of(&publisher.arn, &publisher.resource_id, username));
    sentences
        .extend(arn.map(|arn| format!("The IAM policy has to allow rds-db:connect on {arn}.")));
    sentences
}
