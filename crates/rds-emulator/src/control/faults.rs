//! Faults that the next API calls run into, in the order in which they were asked for.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};

/// An action name that stands for all of them.
const ANY: &str = "*";

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// 400 `Throttling`.
    Throttle,
    /// 403 `AccessDenied`.
    AccessDenied,
    /// 500 `InternalFailure`.
    InternalError,
    /// 403 `ExpiredToken`.
    ExpiredToken,
    /// The connection is reset without an answer.
    Reset,
    /// The answer is right, but late.
    Delay,
}

/// A fault and the calls that run into it: the body of `POST /faults`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The action, or `*` for every one.
    pub action: String,
    /// What goes wrong.
    pub fault: FaultKind,
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
    /// Whether an action runs into it.
    fn concerns(&self, action: &str) -> bool {
        self.action == ANY || self.action == action
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
    pub fn take(&self, action: &str) -> Option<Fault> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let place = queue.iter().position(|fault| fault.concerns(action))?;
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

    #[test]
    fn faults_hit_the_named_action_as_often_as_asked() {
        let faults = Faults::default();
        let fault: Fault = serde_json::from_str(
            r#"{"action": "DescribeDBClusters", "fault": "throttle", "times": 2}"#,
        )
        .expect("the fault can be read");
        faults.add(fault);
        assert_eq!(faults.take("DescribeDBInstances"), None);
        assert!(faults.take("DescribeDBClusters").is_some());
        assert!(faults.take("DescribeDBClusters").is_some());
        assert_eq!(faults.take("DescribeDBClusters"), None);
    }
}
