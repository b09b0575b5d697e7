//! What is known of a failure besides its row of the table: what AWS shows, where the login comes from, and how far a
//! connection came. In sentences.

use std::net::IpAddr;

use super::{
    case::{Case, Known},
    token,
};
use crate::{
    aws::rds::publisher::Publisher,
    connection::{Circumstances, LoginMethod, Reached},
    postgres::refusal::list,
};

/// What belongs to a case.
pub(super) fn of(case: Case, known: Known<'_>) -> Vec<String> {
    let circumstances = known.circumstances;
    match case {
        Case::NoName
        | Case::Stopped
        | Case::Deleting
        | Case::Broken
        | Case::Busy
        | Case::Unreachable
        | Case::Closed
        | Case::StartingUp
        | Case::TimedOut => {
            let mut facts = status(circumstances);
            facts.extend(addresses(circumstances));
            facts
        }
        Case::TokenForAnotherHost
        | Case::TokenForAnotherRegion
        | Case::IamOff
        | Case::TokenExpired
        | Case::TokenForAnotherUser
        | Case::TokenOfAnotherTime
        | Case::TokenRefused
        | Case::NoTokenWanted => match &circumstances.signed_for {
            Some(signed_for) => {
                let mut facts = status(circumstances);
                let demanded = circumstances.demanded.as_ref();
                facts.extend(token::described(
                    signed_for,
                    circumstances.publisher.as_ref(),
                    demanded.map(|answer| (answer, known.access.username.as_str())),
                ));
                let not_shown = circumstances.not_shown.as_ref();
                facts
                    .extend(not_shown.map(|reason| {
                        format!("AWS shows nothing to compare that with: {reason}.")
                    }));
                let skew = circumstances.clock_skew;
                facts.extend(skew.map(|skew| format!("This machine's clock is {skew}.")));
                facts
            }
            None => Vec::new(),
        },
        Case::WrongPassword
        | Case::WrongVariable
        | Case::WrongSecret
        | Case::WrongManagedSecret
        | Case::Forced
        | Case::OwnProbation
        | Case::OtherLogin => login(known),
        Case::Reader | Case::Secondary | Case::InRecovery => {
            let follows = known.access.follows.as_ref();
            let sentence = follows
                .map(|follows| format!("AWS shows that {:?} is {follows}.", known.access.target));
            sentence.into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// What AWS shows of the cluster or instance that does not let anybody in, or not everybody.
fn status(circumstances: &Circumstances) -> Vec<String> {
    let Some(publisher) = &circumstances.publisher else {
        return Vec::new();
    };
    let mut facts = Vec::new();
    if !matches!(publisher.status.as_str(), "" | "available") {
        facts.push(format!(
            "AWS shows the {} as `{}`.",
            publisher.name(),
            publisher.status
        ));
    }
    let members = &circumstances.unavailable;
    if !members.is_empty()
        && members
            .iter()
            .any(|one| one.identifier != publisher.identifier)
    {
        facts.push(format!(
            "Of its members these are not `available`: {}.",
            list(members)
        ));
    }
    let pending = pending(publisher);
    if !pending.is_empty() {
        facts.push(format!("Pending is a change of {}.", pending.join(", ")));
    }
    facts
}

/// The changes that wait, by AWS's names.
fn pending(publisher: &Publisher) -> Vec<&str> {
    let iam = publisher
        .pending_iam_database_authentication_enabled
        .filter(|pending| *pending != publisher.iam_database_authentication_enabled);
    let iam = iam.map(|_| "IAMDatabaseAuthenticationEnabled");
    iam.into_iter()
        .chain(publisher.other_pending_changes.iter().copied())
        .collect()
}

/// Where a connection goes that gets no answer.
fn addresses(circumstances: &Circumstances) -> Option<String> {
    let Some(Reached::NoAnswer(addresses)) = &circumstances.reached else {
        return None;
    };
    let is_private = |address: &IpAddr| match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    };
    let inside = match addresses.iter().all(is_private) {
        true => ", which is reached from inside of its network only",
        false => "",
    };
    (!addresses.is_empty()).then(|| format!("The name leads to {}{inside}.", list(addresses)))
}

/// Where the password comes from, and what the server demands.
fn login(known: Known<'_>) -> Vec<String> {
    let circumstances = known.circumstances;
    let mut facts = Vec::new();
    match &known.access.method {
        // Which values the environment gave is said of each failure.
        LoginMethod::Password { .. } => {}
        LoginMethod::Secret(arn) => facts.push(format!("The password came from the secret {arn}.")),
        LoginMethod::ManagedSecret(arn) => {
            let publisher = circumstances.publisher.as_ref();
            let secret = publisher.and_then(|publisher| publisher.master_user_secret.as_ref());
            let status = secret
                .map(|secret| format!(", whose status is `{}`", secret.status))
                .unwrap_or_default();
            facts.push(format!(
                "The password came from the managed secret {arn}{status}."
            ));
        }
        LoginMethod::Token | LoginMethod::GivenToken => {}
    }
    let demanded = circumstances.demanded.as_ref();
    facts.extend(demanded.and_then(|answer| token::demand(answer, &known.access.username)));
    facts
}
