//! Faults that the next API calls run into, in the order in which they were asked for.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::secrets_manager;

/// An action name that stands for all of them, and the object of a call that names none.
const ANY: &str = "*";

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// 400 `Throttling`.
    Throttle,
    /// 403 `AccessDenied`.
    AccessDenied,
    /// 400 `AccessDeniedException` for the KMS key of a secret.
    KmsDenied,
    /// 400 `DecryptionFailure`: the KMS key of a secret cannot be used.
    DecryptionFailure,
    /// 500 `InternalFailure`.
    InternalError,
    /// 503 `ServiceUnavailable`.
    ServiceUnavailable,
    /// 403 `ExpiredToken`.
    ExpiredToken,
    /// The connection is reset without an answer, and nothing was done.
    Reset,
    /// It is done, but the connection ends after half of the answer.
    Truncate,
    /// It is done, but the answer is late.
    Delay,
    /// A page without records, whose marker leads to the right one. Concerns first pages only.
    EmptyPage,
    /// `Filters` count for nothing.
    IgnoreFilters,
}

impl FaultKind {
    /// Whether it concerns the keys of secrets.
    fn is_about_keys(self) -> bool {
        matches!(self, Self::KmsDenied | Self::DecryptionFailure)
    }

    /// Whether it concerns answers that are lists.
    fn is_about_lists(self) -> bool {
        matches!(self, Self::EmptyPage | Self::IgnoreFilters)
    }
}

/// A call, as far as faults tell calls apart.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The action.
    pub action: &'a str,
    /// The identifier of the cluster or instance, the group's name or the secret that it names.
    pub object: Option<&'a str>,
    /// Whether it asks for a page behind the first one.
    pub has_marker: bool,
}

/// A fault and the calls that run into it: the body of `POST /faults`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The action, or `*` for every one.
    pub action: String,
    /// What goes wrong.
    pub fault: FaultKind,
    /// Only calls that name this cluster, instance, group or secret; `*` for those that name none,
    /// and so concern all there are. Defaults to every call.
    #[serde(default)]
    pub object: Option<String>,
    /// How many calls get through before the first one runs into it; defaults to 0.
    #[serde(default)]
    pub after: u32,
    /// How many calls run into it; defaults to 1.
    #[serde(default = "one_time")]
    pub times: u32,
    /// Seconds that a delay takes; defaults to 1.
    #[serde(default = "one_second")]
    pub seconds: f64,
}

fn one_time() -> u32 {
    1
}

fn one_second() -> f64 {
    1.0
}

impl Fault {
    /// Whether a call can run into it.
    fn concerns(&self, call: Call<'_>) -> bool {
        let object = match self.object.as_deref() {
            None => true,
            Some(ANY) => call.object.is_none(),
            Some(object) => call
                .object
                .is_some_and(|named| named.eq_ignore_ascii_case(object)),
        };
        let action = self.action == ANY || self.action == call.action;
        let page = self.fault != FaultKind::EmptyPage || !call.has_marker;
        action && object && page
    }

    /// How long a delay takes; zero if that is no time.
    pub fn delay(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or_default()
    }

    /// What is wrong with the fault itself, if anything.
    pub fn complaint(&self, actions: &[&str]) -> Option<String> {
        if self.action != ANY && !actions.contains(&self.action.as_str()) {
            return Some(format!(
                "unknown action {:?}, expected \"*\" or one of {}",
                self.action,
                actions.join(", ")
            ));
        }
        if self.fault.is_about_lists() && self.action != ANY && !self.action.starts_with("Describe")
        {
            return Some(format!("{} does not answer with a list", self.action));
        }
        if self.fault.is_about_keys() && self.action != secrets_manager::ACTION {
            return Some(format!("{} reads no secret", self.action));
        }
        if self.times == 0 {
            return Some("times must be at least 1".to_owned());
        }
        if Duration::try_from_secs_f64(self.seconds).is_err() {
            return Some("seconds must be a number of seconds, at least 0".to_owned());
        }
        None
    }
}

/// The faults still to come; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    queue: Arc<Mutex<Vec<Fault>>>,
}

impl Faults {
    /// Adds a fault behind those that are there.
    pub fn add(&self, fault: Fault) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
    }

    /// Forgets all faults.
    pub fn clear(&self) {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// The faults still to come.
    pub fn pending(&self) -> Vec<Fault> {
        self.queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The fault that a call runs into, which is one time less to come.
    pub fn take(&self, call: Call<'_>) -> Option<Fault> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let place = queue.iter_mut().position(|fault| {
            let concerns = fault.concerns(call);
            let is_due = concerns && fault.after == 0;
            if concerns && !is_due {
                fault.after -= 1;
            }
            is_due
        })?;
        let fault = queue[place].clone();
        if fault.times > 1 {
            queue[place].times -= 1;
        } else {
            queue.remove(place);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(fault: &str) -> Faults {
        let faults = Faults::default();
        faults.add(serde_json::from_str(fault).expect("the fault can be read"));
        faults
    }

    fn call<'a>(action: &'a str, object: Option<&'a str>) -> Call<'a> {
        Call {
            action,
            object,
            has_marker: false,
        }
    }

    #[test]
    fn faults_hit_the_named_action_as_often_as_asked() {
        let faults = faults(r#"{"action": "DescribeDBClusters", "fault": "throttle", "times": 2}"#);
        assert_eq!(faults.take(call("DescribeDBInstances", None)), None);
        assert!(faults.take(call("DescribeDBClusters", None)).is_some());
        assert!(faults.take(call("DescribeDBClusters", None)).is_some());
        assert_eq!(faults.take(call("DescribeDBClusters", None)), None);
    }

    #[test]
    fn faults_hit_the_named_object_or_only_calls_that_name_none() {
        let orders = r#"{"action": "*", "fault": "access-denied", "object": "orders"}"#;
        let all = r#"{"action": "*", "fault": "access-denied", "object": "*"}"#;
        for (fault, hit, missed) in [(orders, Some("Orders"), None), (all, None, Some("orders"))] {
            let faults = faults(fault);
            assert_eq!(faults.take(call("DescribeDBClusters", missed)), None);
            assert_eq!(faults.take(call("DescribeDBClusters", Some("other"))), None);
            assert!(faults.take(call("DescribeDBClusters", hit)).is_some());
        }
    }

    #[test]
    fn faults_that_come_later_let_the_first_calls_through() {
        let faults = faults(r#"{"action": "*", "fault": "expired-token", "after": 2}"#);
        let hits = [(); 4].map(|()| faults.take(call("DescribeDBClusters", None)).is_some());
        assert_eq!(hits, [false, false, true, false]);
    }

    #[test]
    fn faults_of_lists_are_not_those_of_changes() {
        let fault: Fault =
            serde_json::from_str(r#"{"action": "ModifyDBParameterGroup", "fault": "empty-page"}"#)
                .expect("the fault can be read");
        assert!(fault.complaint(&["ModifyDBParameterGroup"]).is_some());
    }
}
