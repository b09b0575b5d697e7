//! One JSON record per line, with the keys of HashiCorp's logger.

use std::{fmt, io::Write};

use serde_json::{Map, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

/// How long one text may be, in bytes. Terraform reads lines through a buffer of 64 KiB, and a
/// control character takes six bytes in JSON.
const LONGEST_TEXT: usize = 8 * 1024;

/// How long a whole record may be, in bytes.
const LONGEST_RECORD: usize = 60 * 1024;

/// Writes each event to where `writer` says, in one piece.
pub(super) struct HcLog<M> {
    writer: M,
}

impl<W: Write, M: Fn() -> W> HcLog<M> {
    /// A log that opens its destination anew for each record.
    pub(super) fn new(writer: M) -> Self {
        Self { writer }
    }
}

impl<S, W, M> Layer<S> for HcLog<M>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Write,
    M: Fn() -> W + 'static,
{
    fn on_new_span(
        &self,
        attributes: &span::Attributes<'_>,
        id: &span::Id,
        context: Context<'_, S>,
    ) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut own = Fields::default();
        event.record(&mut own);
        let mut record = Map::new();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(|scope| scope.from_root())
        {
            if let Some(fields) = span.extensions().get::<Fields>() {
                record.extend(fields.values.clone());
            }
        }
        record.extend(own.values);
        let metadata = event.metadata();
        // Last, since Terraform panics when one of these is not a string.
        let reserved = [
            ("@level", level(*metadata.level()).to_owned()),
            ("@message", own.message),
            ("@module", metadata.target().replace("::", ".")),
            ("@timestamp", format!("{:.6}", jiff::Timestamp::now())),
        ];
        record.extend(reserved.map(|(key, text)| (key.to_owned(), Value::String(text))));

        let mut line = to_line(&record);
        if line.len() > LONGEST_RECORD {
            record.retain(|key, _| key.starts_with('@') || key.starts_with("tf_"));
            record.insert("truncated".to_owned(), Value::Bool(true));
            line = to_line(&record);
        }
        // A log that cannot be written must not fail the operation.
        let _ = (self.writer)().write_all(&line);
    }
}

/// The record and a line feed, so that one write makes one line.
fn to_line(record: &Map<String, Value>) -> Vec<u8> {
    let mut line = serde_json::to_vec(record).unwrap_or_default();
    line.push(b'\n');
    line
}

fn level(level: tracing::Level) -> &'static str {
    match level {
        tracing::Level::ERROR => "error",
        tracing::Level::WARN => "warn",
        tracing::Level::INFO => "info",
        tracing::Level::DEBUG => "debug",
        tracing::Level::TRACE => "trace",
    }
}

/// The fields of a span or an event, and an event's message.
#[derive(Default)]
struct Fields {
    message: String,
    values: Map<String, Value>,
}

impl Fields {
    fn insert(&mut self, field: &Field, value: impl Into<Value>) {
        self.values.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = Cut::default();
        // Fails once the text is long enough.
        let _ = fmt::Write::write_fmt(&mut text, format_args!("{value:?}"));
        if field.name() == "message" {
            self.message = text.0;
        } else {
            self.insert(field, text.0);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

/// A text that stops growing at [`LONGEST_TEXT`].
#[derive(Default)]
struct Cut(String);

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = LONGEST_TEXT - self.0.len();
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
        // Not needed for what is written now, but for what would follow.
        Err(fmt::Error)
    }
}
