//! The account as its users share it: one lock, the clock, and the servers behind the publishers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use futures::future::BoxFuture;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::{
    Error, Publisher, RunningSettings,
    account::{Account, Transition},
    catalog::{IAM_AUTH_FOR_REPLICATION, LOGICAL_REPLICATION},
    parameter_group::ParameterGroup,
};

/// What a server takes in when it boots.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Boot {
    /// `rds.logical_replication`.
    pub logical_replication: bool,
    /// `rds.iam_auth_for_replication`.
    pub iam_auth_for_replication: bool,
}

/// The server and the gate of one publisher.
pub trait Backend: Send + Sync {
    /// Ends all connections through the gate.
    fn disconnect_all(&self);
    /// Restarts the server.
    fn restart(&self, boot: Boot) -> BoxFuture<'_, Result<(), String>>;
    /// Stops the server; [`Backend::start`] brings it back.
    fn stop(&self) -> BoxFuture<'_, Result<(), String>>;
    /// Starts a stopped server.
    fn start(&self, boot: Boot) -> BoxFuture<'_, Result<(), String>>;
    /// The names of the replication slots.
    fn slots(&self) -> BoxFuture<'_, Result<Vec<String>, String>>;
    /// Ends all streams and drops all replication slots.
    fn lose_slots(&self) -> BoxFuture<'_, Result<(), String>>;
    /// Keeps all data as they are now, in place of what was kept before. The server restarts for it.
    fn take_snapshot(&self, boot: Boot) -> BoxFuture<'_, Result<(), String>>;
    /// Restarts the server with the data that were kept, and on request with the slots.
    fn restore(&self, boot: Boot, with_slots: bool) -> BoxFuture<'_, Result<(), String>>;
    /// What has come through the gate, as JSON.
    fn traffic(&self) -> serde_json::Value;
}

struct Inner {
    account: Mutex<Account>,
    backends: Mutex<HashMap<String, Arc<dyn Backend>>>,
    settings: Mutex<HashMap<String, watch::Sender<RunningSettings>>>,
    changed: Notify,
    stopped: CancellationToken,
}

/// A handle to the account; clones are the same account.
#[derive(Clone)]
pub struct SharedAccount {
    inner: Arc<Inner>,
}

/// What a change of a publisher waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ServerAction {
    None,
    Restart,
    Stop,
    Start,
    TakeSnapshot,
    Restore,
}

impl SharedAccount {
    /// Shares an account. The clock runs in a task of its own until [`SharedAccount::stop`].
    pub fn new(account: Account) -> Self {
        let inner = Arc::new(Inner {
            account: Mutex::new(account),
            backends: Mutex::default(),
            settings: Mutex::default(),
            changed: Notify::new(),
            stopped: CancellationToken::new(),
        });
        let shared = Self { inner };
        tokio::spawn(shared.clone().run());
        shared
    }

    /// Stops the clock.
    pub fn stop(&self) {
        self.inner.stopped.cancel();
    }

    /// Adds a publisher with its group; the settings that its gate is to enforce from now on.
    pub fn add(
        &self,
        publisher: Publisher,
        group: ParameterGroup,
    ) -> watch::Receiver<RunningSettings> {
        let (sender, receiver) = watch::channel(publisher.running_settings());
        lock(&self.inner.settings).insert(publisher.identifier.clone(), sender);
        self.with(|account| account.add(publisher, group));
        receiver
    }

    /// Says which server is behind a publisher. Without one, restarts only take their time.
    pub fn set_backend(&self, publisher: &str, backend: Arc<dyn Backend>) {
        lock(&self.inner.backends).insert(publisher.to_owned(), backend);
    }

    /// The server behind a publisher.
    pub fn backend(&self, publisher: &str) -> Option<Arc<dyn Backend>> {
        lock(&self.inner.backends).get(publisher).cloned()
    }

    /// Reads or changes the account as it is now; the gates hear of it.
    pub fn with<T>(&self, operation: impl FnOnce(&mut Account) -> T) -> T {
        let result = {
            let mut account = lock(&self.inner.account);
            account.advance(Instant::now());
            let result = operation(&mut account);
            self.publish(&account);
            result
        };
        self.inner.changed.notify_one();
        result
    }

    fn publish(&self, account: &Account) {
        let settings = lock(&self.inner.settings);
        for publisher in account.publishers() {
            if let Some(sender) = settings.get(&publisher.identifier) {
                let new = publisher.running_settings();
                sender.send_if_modified(|old| {
                    let changed = *old != new;
                    *old = new;
                    changed
                });
            }
        }
    }

    /// Lets changes take effect when they are due, whether anybody asks or not.
    async fn run(self) {
        loop {
            let next_due = {
                let mut account = lock(&self.inner.account);
                account.advance(Instant::now());
                self.publish(&account);
                account.next_due()
            };
            let due = async {
                match next_due {
                    Some(due) => tokio::time::sleep_until(due.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                () = self.inner.changed.notified() => {}
                () = self.inner.stopped.cancelled() => return,
            }
        }
    }

    /// Reboots an instance; returns once the reboot has begun, with what waits for its end.
    ///
    /// # Errors
    /// When there is no such instance, or it is not available.
    pub fn reboot_instance(&self, instance: &str) -> Result<tokio::task::JoinHandle<()>, Error> {
        let (publisher, is_writer) = self.with(|account| account.begin_reboot(instance))?;
        let action = if is_writer {
            ServerAction::Restart
        } else {
            ServerAction::None
        };
        let instance = instance.to_owned();
        Ok(self.after(publisher, action, move |account| {
            account.finish_reboot(&instance)
        }))
    }

    /// Puts a whole publisher through a transition; returns once it has begun, with what waits for
    /// its end.
    ///
    /// # Errors
    /// When the publisher is not there, or is of a kind or in a state that does not allow it.
    pub fn begin(
        &self,
        publisher: &str,
        transition: Transition,
    ) -> Result<tokio::task::JoinHandle<()>, Error> {
        self.with(|account| account.begin(publisher, transition))?;
        let action = match transition {
            Transition::Failover | Transition::Reboot | Transition::Switchover => {
                ServerAction::Restart
            }
            Transition::Stop => ServerAction::Stop,
            Transition::Start => ServerAction::Start,
            Transition::Snapshot => ServerAction::TakeSnapshot,
            Transition::Restore => ServerAction::Restore,
        };
        let identifier = publisher.to_owned();
        Ok(self.after(publisher.to_owned(), action, move |account| {
            account.finish(&identifier, transition)
        }))
    }

    /// Does something to the server, then finishes the change of the account.
    fn after(
        &self,
        publisher: String,
        action: ServerAction,
        finish: impl FnOnce(&mut Account) + Send + 'static,
    ) -> tokio::task::JoinHandle<()> {
        let this = self.clone();
        tokio::spawn(async move {
            let (behaviour, boot) = this
                .with(|account| {
                    let publisher = account.publisher(&publisher)?;
                    let group = account.group_of(publisher)?;
                    let boot = Boot {
                        logical_replication: group.has_on(LOGICAL_REPLICATION),
                        iam_auth_for_replication: group.has_on(IAM_AUTH_FOR_REPLICATION),
                    };
                    Ok::<_, Error>((publisher.behaviour.clone(), boot))
                })
                .unwrap_or_default();
            let server = async {
                let Some(backend) = this.backend(&publisher) else {
                    return;
                };
                if action != ServerAction::None {
                    backend.disconnect_all();
                }
                let result = match action {
                    ServerAction::None => Ok(()),
                    ServerAction::Restart => backend.restart(boot).await,
                    ServerAction::Stop => backend.stop().await,
                    ServerAction::Start => backend.start(boot).await,
                    ServerAction::TakeSnapshot => backend.take_snapshot(boot).await,
                    ServerAction::Restore => backend.restore(boot, behaviour.restores_slots).await,
                };
                if let Err(error) = result {
                    tracing::error!(publisher, error, "PostgreSQL did not do as it was told");
                }
            };
            tokio::join!(server, tokio::time::sleep(behaviour.apply_time()));
            this.with(finish);
        })
    }
}

/// A panic elsewhere leaves the account as it was then, which is as good as any state.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
