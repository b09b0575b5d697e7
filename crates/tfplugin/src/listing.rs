//! What a listing finds on its way to Terraform.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    diagnostic::Diagnostics,
    value::{Encoded, Value},
};

/// An object as a list resource found it.
#[derive(Debug)]
pub(crate) struct ListedObject {
    /// `None` when there are messages only.
    pub(crate) identity: Option<Value>,
    pub(crate) display_name: String,
    pub(crate) resource: Option<Value>,
    pub(crate) diagnostics: Diagnostics,
}

impl From<Diagnostics> for ListedObject {
    fn from(diagnostics: Diagnostics) -> Self {
        Self {
            identity: None,
            display_name: String::new(),
            resource: None,
            diagnostics,
        }
    }
}

/// An object that was listed, as it is sent.
#[derive(Debug)]
pub(crate) struct ListedResource {
    /// `None` with an error, or when there are messages only.
    pub(crate) identity: Option<Encoded>,
    pub(crate) display_name: String,
    /// `None` when it is not wanted.
    pub(crate) resource: Option<Encoded>,
    pub(crate) diagnostics: Diagnostics,
}

/// A listing under way: where what it finds goes, and how much more of it is wanted.
pub(crate) struct Listing {
    check: Box<dyn Fn(ListedObject) -> ListedResource + Send + Sync>,
    results: mpsc::Sender<ListedResource>,
    /// `None`: all that there is.
    left: Option<u64>,
    /// Cancelled once nobody wants more.
    enough: CancellationToken,
}

impl Listing {
    /// Sends what `check` makes of each object to `results`, and cancels `enough` after `limit` of
    /// them or when nobody listens.
    pub(crate) fn new(
        check: Box<dyn Fn(ListedObject) -> ListedResource + Send + Sync>,
        results: mpsc::Sender<ListedResource>,
        limit: Option<u64>,
        enough: CancellationToken,
    ) -> Self {
        Self {
            check,
            results,
            left: limit,
            enough,
        }
    }

    /// Does not return once nobody wants more.
    pub(crate) async fn send(&mut self, object: ListedObject) {
        if let (Some(left), true) = (&mut self.left, object.identity.is_some()) {
            *left = left.saturating_sub(1);
        }
        let is_wanted = self.results.send((self.check)(object)).await.is_ok();
        if !is_wanted || self.left == Some(0) {
            self.enough.cancel();
            std::future::pending().await
        }
    }
}
