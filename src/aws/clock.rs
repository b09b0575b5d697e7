//! The clock of AWS beside that of this machine.
//!
//! What is signed carries the time, and AWS takes it within some minutes. The SDK signs a call by the time
//! of the answer before, each client by its own; nothing of that reaches the tokens, which are signed here,
//! or a message. So the `Date` of the answers is looked at once more.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{
            Intercept, context::BeforeDeserializationInterceptorContextRef, dyn_dispatch_hint,
        },
        orchestrator::HttpResponse,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{DateTime, config_bag::ConfigBag, date_time::Format};

/// From when on a difference is one of the clocks and not of the network: as in the AWS SDKs, and less than
/// the five minutes that AWS takes.
const THRESHOLD: Duration = Duration::from_secs(240);

/// How far the clock of this machine is from that of AWS: minutes at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockSkew {
    /// This machine's clock is ahead.
    Ahead(Duration),
    /// This machine's clock is behind.
    Behind(Duration),
}

impl ClockSkew {
    /// The difference at a moment; `None` where it does not matter.
    fn between(here: SystemTime, aws: SystemTime) -> Option<Self> {
        let skew = match here.duration_since(aws) {
            Ok(ahead) => Self::Ahead(ahead),
            Err(behind) => Self::Behind(behind.duration()),
        };
        (skew.length() >= THRESHOLD).then_some(skew)
    }

    /// What an answer that has just arrived shows, if it says when it was made.
    pub(super) fn of_answer(answer: &HttpResponse) -> Option<Option<Self>> {
        let headers = answer.headers();
        // An answer out of a cache is of another time.
        let date = headers
            .get("date")
            .filter(|_| headers.get("age").is_none())?;
        let date = DateTime::from_str(date, Format::HttpDate).ok()?;
        let aws = SystemTime::try_from(date).ok()?;
        Some(Self::between(SystemTime::now(), aws))
    }

    /// AWS's time at a moment of this machine's.
    fn correct(self, here: SystemTime) -> SystemTime {
        match self {
            Self::Ahead(length) => here.checked_sub(length),
            Self::Behind(length) => here.checked_add(length),
        }
        .unwrap_or(here)
    }

    fn length(self) -> Duration {
        match self {
            Self::Ahead(length) | Self::Behind(length) => length,
        }
    }
}

impl fmt::Display for ClockSkew {
    /// In minutes, such as `20 minutes ahead of that of AWS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minutes = (self.length().as_secs() + 30) / 60;
        let side = match self {
            Self::Ahead(_) => "ahead of",
            Self::Behind(_) => "behind",
        };
        write!(f, "{minutes} minutes {side} that of AWS")
    }
}

/// What the last answer of AWS showed; clones share it. It looks at the answers of the clients that it is
/// an interceptor of.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    skew: Arc<Mutex<Option<ClockSkew>>>,
}

impl Clock {
    /// How far this machine's clock is off; `None` while no answer has shown that it is.
    pub(super) fn skew(&self) -> Option<ClockSkew> {
        *self.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by AWS's clock, as far as it is known.
    pub(super) fn now(&self) -> SystemTime {
        let here = SystemTime::now();
        self.skew().map_or(here, |skew| skew.correct(here))
    }

    fn set(&self, skew: Option<ClockSkew>) {
        let mut known = self.skew.lock().unwrap_or_else(PoisonError::into_inner);
        if let (None, Some(skew)) = (*known, skew) {
            tracing::warn!("this machine's clock is {skew}");
        }
        *known = skew;
    }
}

#[dyn_dispatch_hint]
impl Intercept for Clock {
    fn name(&self) -> &'static str {
        "Clock"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(skew) = ClockSkew::of_answer(context.response()) {
            self.set(skew);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skew_counts_from_four_minutes_and_says_which_clock_is_ahead() {
        let aws = SystemTime::UNIX_EPOCH + Duration::from_secs(1_773_500_966);
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        for here in [aws, aws + minutes(3), aws - minutes(3)] {
            assert_eq!(ClockSkew::between(here, aws), None);
        }
        for (here, text) in [
            (aws + minutes(20), "20 minutes ahead of that of AWS"),
            (aws - minutes(5), "5 minutes behind that of AWS"),
        ] {
            let skew = ClockSkew::between(here, aws).unwrap();
            assert_eq!(skew.to_string(), text);
            assert_eq!(skew.correct(here), aws);
        }
    }

    #[test]
    fn clock_follows_the_last_answer() {
        let clock = Clock::default();
        let hour = Duration::from_secs(3600);
        clock.set(Some(ClockSkew::Behind(hour)));
        assert!(clock.now() > SystemTime::now() + hour / 2);
        clock.set(None);
        assert_eq!(clock.skew(), None);
    }
}
