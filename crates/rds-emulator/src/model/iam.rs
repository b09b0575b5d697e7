//! The IAM roles of the pretended account, and the sessions of those who assumed them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

use super::web_identity::Issuer;

/// Seconds of `MaxSessionDuration`, unless a role has another.
const MAX_SESSION_DURATION: u32 = 3600;

/// A role with what its trust policy says: the body of `POST /roles`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// `RoleName`.
    pub name: String,
    /// The condition on `sts:ExternalId`; none by default.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The ARN of the user or role that may assume it; by default all of the account.
    #[serde(default)]
    pub principal: Option<String>,
    /// The subject of the web identity that may assume it, and nobody else; none by default.
    #[serde(default)]
    pub web_identity_subject: Option<String>,
    /// `MaxSessionDuration` in seconds; defaults to an hour.
    #[serde(default = "an_hour")]
    pub max_session_duration: u32,
    /// Seconds after which its sessions end, whatever was asked for: 15 minutes are long for a
    /// test. By default what was asked for.
    #[serde(default)]
    pub session_seconds: Option<u32>,
}

fn an_hour() -> u32 {
    MAX_SESSION_DURATION
}

/// What a caller asked for and got: an entry of `GET /sessions`. The secrets are not in it.
#[derive(Clone, Debug, Serialize)]
pub struct Session {
    /// `AccessKeyId` of its credentials.
    pub access_key_id: String,
    /// `Expiration` of its credentials.
    #[serde(serialize_with = "as_text")]
    pub expiration: Timestamp,
    /// The ARN of whoever asked; the subject of a web identity.
    pub caller: String,
    /// `RoleArn`.
    pub role_arn: String,
    /// `RoleSessionName`.
    pub role_session_name: String,
    /// `ExternalId`.
    pub external_id: Option<String>,
    /// `DurationSeconds`.
    pub duration_seconds: u32,
    /// `Policy`.
    pub policy: Option<String>,
    /// `PolicyArns`.
    pub policy_arns: Vec<String>,
    /// `Tags`.
    pub tags: BTreeMap<String, String>,
    /// `TransitiveTagKeys`.
    pub transitive_tag_keys: Vec<String>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
    /// API calls that were made with its credentials, by action.
    pub calls: BTreeMap<String, u64>,
}

fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

impl Session {
    /// The ARN that the session is known by.
    pub fn arn(&self) -> String {
        let role = self.role_arn.replacen(":iam:", ":sts:", 1);
        format!(
            "{}/{}",
            role.replacen(":role/", ":assumed-role/", 1),
            self.role_session_name
        )
    }
}

/// Roles, sessions and the identity provider; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Iam {
    roles: Arc<Mutex<BTreeMap<String, Role>>>,
    sessions: Arc<Mutex<Vec<Session>>>,
    /// The identity provider that roles trust.
    pub issuer: Arc<Issuer>,
}

impl Iam {
    /// Makes a role, or replaces it.
    pub fn put_role(&self, role: Role) {
        self.roles().insert(role.name.clone(), role);
    }

    /// The role of a name.
    pub fn role(&self, name: &str) -> Option<Role> {
        self.roles().get(name).cloned()
    }

    /// Records a session.
    pub fn add_session(&self, session: Session) {
        self.all().push(session);
    }

    /// The sessions since the start, in order.
    pub fn sessions(&self) -> Vec<Session> {
        self.all().clone()
    }

    /// The session whose access key this is.
    pub fn session(&self, access_key_id: &str) -> Option<Session> {
        self.all()
            .iter()
            .find(|session| session.access_key_id == access_key_id)
            .cloned()
    }

    /// Counts a call that was made with an access key, if it is one of a session.
    pub fn count_call(&self, access_key_id: &str, action: &str) {
        let mut sessions = self.all();
        let session = sessions
            .iter_mut()
            .find(|session| session.access_key_id == access_key_id);
        if let Some(session) = session {
            *session.calls.entry(action.to_owned()).or_default() += 1;
        }
    }

    fn roles(&self) -> MutexGuard<'_, BTreeMap<String, Role>> {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> MutexGuard<'_, Vec<Session>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
