//! Where the items of a list resource go on their way to Terraform.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    diagnostic::Diagnostics,
    value::{Encoded, Value},
};

/// An item as a list resource found it.
#[derive(Debug)]
pub(crate) struct ErasedListItem {
    /// `None` when there are messages only.
    pub(crate) identity: Option<Value>,
    pub(crate) display_name: String,
    pub(crate) resource: Option<Value>,
    pub(crate) diagnostics: Diagnostics,
}

impl From<Diagnostics> for ErasedListItem {
    fn from(diagnostics: Diagnostics) -> Self {
        Self {
            identity: None,
            display_name: String::new(),
            resource: None,
            diagnostics,
        }
    }
}

/// An item as it is sent.
#[derive(Debug)]
pub(crate) struct EncodedListItem {
    /// `None` with an error, or when there are messages only.
    pub(crate) identity: Option<Encoded>,
    pub(crate) display_name: String,
    /// `None` when it is not wanted.
    pub(crate) resource: Option<Encoded>,
    pub(crate) diagnostics: Diagnostics,
}

/// Where the items of a listing go, and how many more of them are wanted.
pub(crate) struct ListSink {
    check: Box<dyn Fn(ErasedListItem) -> EncodedListItem + Send + Sync>,
    results: mpsc::Sender<EncodedListItem>,
    /// `None`: all that there is.
    left: Option<u64>,
    /// Cancelled once nobody wants more.
    enough: CancellationToken,
}

impl ListSink {
    /// Sends what `check` makes of each item to `results`, and cancels `enough` after `limit` of
    /// them or when nobody listens.
    pub(crate) fn new(
        check: Box<dyn Fn(ErasedListItem) -> EncodedListItem + Send + Sync>,
        results: mpsc::Sender<EncodedListItem>,
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
    pub(crate) async fn send(&mut self, item: ErasedListItem) {
        if let (Some(left), true) = (&mut self.left, item.identity.is_some()) {
            *left = left.saturating_sub(1);
        }
        let is_wanted = self.results.send((self.check)(item)).await.is_ok();
        if !is_wanted || self.left == Some(0) {
            self.enough.cancel();
            std::future::pending().await
        }
    }
}
