//! Which failed call has which row, with an example of each.

use std::time::Duration;

use super::*;
use crate::aws::{Accounts, CallerIdentity, Cause, ClockSkew, Error};

const READ: &str = "rds:DescribeDBClusters";
const SECRET: &str = "secretsmanager:GetSecretValue";
const ASSUME: &str = "sts:AssumeRole";
const ASSUME_BY_TOKEN: &str = "sts:AssumeRoleWithWebIdentity";
const IDENTITY: &str = "sts:GetCallerIdentity";

fn failed(action: &'static str, cause: Cause) -> Error {
    Error::new(action, "it", cause)
}

fn refused(action: &'static str, code: &str) -> Error {
    failed(action, answer(code, "no"))
}

fn answer(code: &str, message: &str) -> Cause {
    Cause::Service {
        code: code.to_owned(),
        message: message.to_owned(),
        request_id: None,
        status: 400,
    }
}

fn without_credentials(reason: &str) -> Error {
    failed(READ, Cause::Credentials(reason.to_owned()))
}

fn wrong_account(accounts: &Accounts) -> Error {
    let identity = CallerIdentity {
        account: "123456789012".to_owned(),
        arn: "arn:aws:iam::123456789012:user/ops".to_owned(),
    };
    let wrong = accounts.check(&identity).expect_err("another account");
    failed(IDENTITY, Cause::WrongAccount(Box::new(wrong)))
}

fn examples() -> Vec<(FailedCall, Error)> {
    let of_process = |said: &str| {
        without_credentials(&format!(
            "the credential_process of the profile \"ci\" {said}"
        ))
    };
    let account = |id: &str| vec![id.to_owned()];
    let clock = Cause::Clock {
        refusal: Box::new(answer("SignatureDoesNotMatch", "Signature not yet current")),
        skew: ClockSkew::Ahead(Duration::from_secs(1200)),
    };
    let unreached =
        || Cause::unreached("https://rds.eu-central-1.amazonaws.com: refused".to_owned());
    let late = of_process("gave none until then");
    vec![
        (FailedCall::NoRegion, failed(READ, Cause::NoRegion)),
        (
            FailedCall::NotUsable,
            failed(
                READ,
                Cause::Configuration("the endpoint rds is no URL".to_owned()),
            ),
        ),
        (
            FailedCall::NoCredentials,
            without_credentials("there are none in the environment"),
        ),
        (
            FailedCall::ProcessFailed,
            of_process("failed (exit status: 3): no session"),
        ),
        (
            FailedCall::ProcessFailed,
            of_process("could not be run: not found"),
        ),
        (
            FailedCall::ProcessUnreadable,
            of_process("printed nothing that can be read as credentials: it is not JSON"),
        ),
        (
            FailedCall::ProcessHung,
            of_process("gave none in 60 seconds"),
        ),
        (
            FailedCall::ProcessHung,
            failed(READ, Cause::TimedOut(Some(Box::new(late)))),
        ),
        (
            FailedCall::CredentialsRefused,
            refused(READ, "InvalidClientTokenId"),
        ),
        (FailedCall::ClockOff, failed(READ, clock.clone())),
        (FailedCall::ClockOff, failed(ASSUME, clock)),
        (FailedCall::RoleDenied, refused(ASSUME, "AccessDenied")),
        (
            FailedCall::WebIdentityDenied,
            refused(ASSUME_BY_TOKEN, "AccessDenied"),
        ),
        (
            FailedCall::WebIdentityExpired,
            refused(ASSUME_BY_TOKEN, "ExpiredTokenException"),
        ),
        (
            FailedCall::WebIdentityRejected,
            refused(ASSUME_BY_TOKEN, "InvalidIdentityToken"),
        ),
        (FailedCall::RoleArgument, refused(ASSUME, "ValidationError")),
        (
            FailedCall::RolePolicy,
            refused(ASSUME, "PackedPolicyTooLarge"),
        ),
        (FailedCall::RoleOther, refused(ASSUME, "RegionDisabled")),
        (
            FailedCall::AccountNotAllowed,
            wrong_account(&Accounts::Allowed(account("210987654321"))),
        ),
        (
            FailedCall::AccountForbidden,
            wrong_account(&Accounts::Forbidden(account("123456789012"))),
        ),
        (
            FailedCall::IdentityDenied,
            refused(IDENTITY, "AccessDenied"),
        ),
        (FailedCall::Denied, refused(READ, "AccessDenied")),
        (FailedCall::Denied, refused(SECRET, "AccessDeniedException")),
        (FailedCall::KeyDenied, refused(SECRET, "DecryptionFailure")),
        (
            FailedCall::KeyDenied,
            failed(
                SECRET,
                answer("AccessDeniedException", "Access to KMS is not allowed"),
            ),
        ),
        (
            FailedCall::NoSecret,
            refused(SECRET, "ResourceNotFoundException"),
        ),
        (
            FailedCall::UnusableSecret,
            failed(SECRET, Cause::UnusableSecret("it is binary".to_owned())),
        ),
        (
            FailedCall::InCluster,
            failed(READ, Cause::InCluster("orders".to_owned())),
        ),
        (FailedCall::Throttled, refused(READ, "Throttling")),
        (FailedCall::Throttled, refused(ASSUME, "Throttling")),
        (FailedCall::Unreached, failed(READ, unreached())),
        (FailedCall::Unreached, failed(ASSUME, unreached())),
        (FailedCall::TimedOut, failed(READ, Cause::TimedOut(None))),
        (FailedCall::Interrupted, failed(READ, Cause::Cancelled)),
        (FailedCall::Other, refused(READ, "InvalidParameterValue")),
    ]
}

#[test]
fn failed_call_follows_from_the_cause_and_what_was_called() {
    for (case, error) in examples() {
        assert_eq!(FailedCall::of(&error), case, "{error}");
    }
}

#[test]
fn failed_call_each_row_has_an_example_and_a_place_in_the_list() {
    let all: Vec<usize> = (0..=FailedCall::Other as usize).collect();
    let listed = FailedCall::ALL.map(|case| case as usize);
    assert_eq!(listed.as_slice(), all);
    let mut shown: Vec<usize> = examples().iter().map(|(case, _)| *case as usize).collect();
    shown.dedup();
    assert_eq!(shown, all);
}

#[test]
fn advice_on_a_failed_call_has_nothing_left_in_capitals() {
    for (_, error) in examples() {
        let advice = advice_on_call(&error);
        assert!(
            !advice.contains("ACTION") && !advice.contains("CLUSTER"),
            "{advice}"
        );
    }
    let denied = advice_on_call(&refused(READ, "AccessDenied"));
    assert!(denied.contains("Allow the caller rds:DescribeDBClusters on that object"));
    let member = advice_on_call(&failed(READ, Cause::InCluster("orders".to_owned())));
    assert!(member.contains("`cluster_identifier = \"orders\"`"));
}
