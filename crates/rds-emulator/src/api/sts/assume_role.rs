//! AssumeRole and AssumeRoleWithWebIdentity: temporary credentials of a role.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{ROLE_ID, WITH_WEB_IDENTITY, role_arn, user_arn};
use crate::{
    api::{Service, error::ApiError, form::Form, xml::Element},
    model::{
        iam::{Role, Session},
        web_identity::{AUDIENCE, ISSUER, Refusal},
    },
    secret::Secret,
};

/// Seconds that a session lasts at least.
const MIN_DURATION: u32 = 900;
/// Seconds that a session lasts when nothing is said.
const DEFAULT_DURATION: u32 = 3600;
/// Seconds that any session lasts at most.
const MAX_DURATION: u32 = 43_200;
/// Seconds that a session lasts at most when a session asked for it.
const MAX_CHAINED_DURATION: u32 = 3600;
/// Lengths of `RoleSessionName`, `SourceIdentity` and, at least, `ExternalId`.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 2..=64;

/// Answers AssumeRole, asked by the session of another role or by the user.
pub(super) fn assume_role(
    service: &Service,
    session: Option<&Session>,
    form: &Form,
    now: Timestamp,
) -> Result<Element, ApiError> {
    let request = Request::read(form)?;
    let caller = match session {
        Some(session) => session.arn(),
        None => service.account.with(|account| user_arn(account)),
    };
    // A trust policy names the role, whatever its sessions are called.
    let principal = session.map_or(&caller, |session| &session.role_arn);
    let external_id = form.get("ExternalId");
    let role = request
        .role(service)
        .filter(|role| role.web_identity_subject.is_none())
        .filter(|role| role.principal.as_ref().is_none_or(|one| one == principal))
        .filter(|role| match &role.external_id {
            Some(wanted) => external_id == Some(wanted),
            None => true,
        })
        .ok_or_else(|| {
            ApiError::forbidden(
                "AccessDenied",
                format!(
                    "User: {caller} is not authorized to perform: sts:AssumeRole on resource: {}",
                    request.role_arn
                ),
            )
        })?;
    request.check_duration(&role, session.is_some())?;
    let session = Session {
        external_id: external_id.map(str::to_owned),
        tags: form
            .list("Tags", "member")
            .iter()
            .map(|tag| {
                let text = |name| tag.raw(name).unwrap_or_default().to_owned();
                (text("Key"), text("Value"))
            })
            .collect(),
        transitive_tag_keys: texts(form, "TransitiveTagKeys", ""),
        source_identity: form.get("SourceIdentity").map(str::to_owned),
        ..request.session(&role, caller, now)
    };
    let source_identity = session.source_identity.clone();
    Ok(granted(service, "AssumeRoleResult", session).optional("SourceIdentity", source_identity))
}

/// Answers AssumeRoleWithWebIdentity, asked by whoever has a token.
pub(super) fn with_web_identity(
    service: &Service,
    form: &Form,
    now: Timestamp,
) -> Result<Element, ApiError> {
    let request = Request::read(form)?;
    let token = form.get("WebIdentityToken").unwrap_or_default();
    if token.len() < 4 {
        return Err(constraint(
            "webIdentityToken",
            token,
            "Member must have length greater than or equal to 4",
        ));
    }
    let claims = service
        .iam
        .issuer
        .verify(token, now)
        .map_err(|refusal| match refusal {
            Refusal::Invalid(message) => ApiError::bad_request("InvalidIdentityToken", message),
            Refusal::Expired(end) => ApiError::bad_request(
                "ExpiredTokenException",
                format!(
                    "Token expired: current date/time {} must be before the expiration date/time {end}",
                    now.as_second()
                ),
            ),
        })?;
    let role = request
        .role(service)
        .filter(|role| role.web_identity_subject.as_deref() == Some(&claims.sub))
        .ok_or_else(|| {
            ApiError::forbidden(
                "AccessDenied",
                format!("Not authorized to perform sts:{WITH_WEB_IDENTITY}"),
            )
        })?;
    request.check_duration(&role, false)?;
    let session = request.session(&role, claims.sub.clone(), now);
    Ok(granted(service, "AssumeRoleWithWebIdentityResult", session)
        .member("SubjectFromWebIdentityToken", claims.sub)
        .member("Audience", AUDIENCE)
        .member("Provider", ISSUER))
}

/// What both actions take.
struct Request<'a> {
    role_arn: &'a str,
    role_session_name: &'a str,
    duration_seconds: u32,
    policy: Option<&'a str>,
    policy_arns: Vec<String>,
}

impl<'a> Request<'a> {
    fn read(form: &'a Form) -> Result<Self, ApiError> {
        let role_arn = form.get("RoleArn").unwrap_or_default();
        if role_arn.len() < 20 {
            return Err(constraint(
                "roleArn",
                role_arn,
                "Member must have length greater than or equal to 20",
            ));
        }
        if !role_arn.starts_with("arn:") {
            return Err(validation(format!("{role_arn} is invalid")));
        }
        let role_session_name = form.get("RoleSessionName").unwrap_or_default();
        if !NAME_LENGTH.contains(&role_session_name.len()) {
            return Err(constraint(
                "roleSessionName",
                role_session_name,
                "Member must have length between 2 and 64",
            ));
        }
        let policy = form.get("Policy");
        if policy.is_some_and(|text| serde_json::from_str::<serde_json::Value>(text).is_err()) {
            return Err(ApiError::bad_request(
                "MalformedPolicyDocument",
                "Syntax errors in policy.",
            ));
        }
        let duration = form
            .integer("DurationSeconds")?
            .unwrap_or(DEFAULT_DURATION.into());
        let duration_seconds = u32::try_from(duration)
            .ok()
            .filter(|seconds| (MIN_DURATION..=MAX_DURATION).contains(seconds))
            .ok_or_else(|| {
                let bound = match duration < MIN_DURATION.into() {
                    true => format!("greater than or equal to {MIN_DURATION}"),
                    false => format!("less than or equal to {MAX_DURATION}"),
                };
                constraint(
                    "durationSeconds",
                    duration,
                    &format!("Member must have value {bound}"),
                )
            })?;
        Ok(Self {
            role_arn,
            role_session_name,
            duration_seconds,
            policy,
            policy_arns: texts(form, "PolicyArns", "arn"),
        })
    }

    /// The role, if it is one of the account.
    fn role(&self, service: &Service) -> Option<Role> {
        let (_, name) = self.role_arn.split_once(":role/")?;
        let is_ours = service.account.with(|account| role_arn(account, name)) == self.role_arn;
        service.iam.role(name).filter(|_| is_ours)
    }

    fn check_duration(&self, role: &Role, is_chained: bool) -> Result<(), ApiError> {
        if is_chained && self.duration_seconds > MAX_CHAINED_DURATION {
            return Err(validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
            ));
        }
        if self.duration_seconds > role.max_session_duration {
            return Err(validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        Ok(())
    }

    /// The session that is asked for, with a new access key.
    fn session(&self, role: &Role, caller: String, now: Timestamp) -> Session {
        let seconds = role.session_seconds.unwrap_or(self.duration_seconds);
        Session {
            access_key_id: format!("ASIA{}", &random().to_uppercase()[..16]),
            expiration: now + SignedDuration::from_secs(seconds.into()),
            caller,
            role_arn: self.role_arn.to_owned(),
            role_session_name: self.role_session_name.to_owned(),
            external_id: None,
            duration_seconds: self.duration_seconds,
            policy: self.policy.map(str::to_owned),
            policy_arns: self.policy_arns.clone(),
            tags: Default::default(),
            transitive_tag_keys: Vec::new(),
            source_identity: None,
            calls: Default::default(),
        }
    }
}

/// Makes the credentials of a session good, and shows them.
fn granted(service: &Service, result: &'static str, session: Session) -> Element {
    let secret = format!("{}{}", random(), &random()[..8]);
    let token = format!("{}{}", random(), random());
    service.access_keys.add_session(
        &session.access_key_id,
        Secret::new(&secret),
        Secret::new(&token),
        session.expiration,
    );
    let user = Element::new("AssumedRoleUser")
        .member("Arn", session.arn())
        .member(
            "AssumedRoleId",
            format!("{ROLE_ID}:{}", session.role_session_name),
        );
    let credentials = Element::new("Credentials")
        .member("AccessKeyId", &session.access_key_id)
        .member("SecretAccessKey", secret)
        .member("SessionToken", token)
        .member(
            "Expiration",
            session.expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
        );
    service.iam.add_session(session);
    Element::new(result).with(user).with(credentials)
}

/// The members of a list that have the given name; an empty one is the member itself.
fn texts(form: &Form, list: &str, name: &str) -> Vec<String> {
    form.list(list, "member")
        .iter()
        .filter_map(|entry| entry.raw(name).map(str::to_owned))
        .collect()
}

fn validation(message: impl Into<String>) -> ApiError {
    ApiError::bad_request("ValidationError", message)
}

fn constraint(member: &str, value: impl fmt::Display, demand: &str) -> ApiError {
    validation(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {demand}"
    ))
}

fn random() -> String {
    Uuid::new_v4().simple().to_string()
}
