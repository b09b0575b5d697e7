//! Counts what comes through the gate.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};

use super::lock;

/// Connections that were begun and those that logged in, and statements and round trips of ready
/// sessions, since the start.
#[derive(Debug, Default)]
pub struct Traffic {
    begun: Mutex<BTreeMap<String, u64>>,
    connections: Mutex<BTreeMap<String, u64>>,
    statements: AtomicU64,
    round_trips: AtomicU64,
    answered_bytes: AtomicU64,
}

impl Traffic {
    /// A start-up packet for a user has come. Counted before it is answered, so that whoever has the
    /// answer finds the count.
    pub fn count_begun(&self, user: &str) {
        *lock(&self.begun).entry(user.to_owned()).or_default() += 1;
    }

    /// A user has logged in.
    pub fn count_connection(&self, user: &str) {
        *lock(&self.connections).entry(user.to_owned()).or_default() += 1;
    }

    /// Statements were sent.
    pub fn count_statements(&self, statements: u64) {
        self.statements.fetch_add(statements, Ordering::Relaxed);
    }

    /// A client has spoken after the server did.
    pub fn count_round_trip(&self) {
        self.round_trips.fetch_add(1, Ordering::Relaxed);
    }

    /// The server has answered so many bytes.
    pub fn count_answered(&self, bytes: usize) {
        self.answered_bytes
            .fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// `{"connections": {USER: N}, "unauthenticated": {USER: N}, "statements": N, "round_trips": N,
    /// "answered_bytes": N}`. Unauthenticated is what was begun and did not get through a login: who only asked what is
    /// demanded, was refused, or is at it.
    pub fn to_json(&self) -> Value {
        let mut unauthenticated = lock(&self.begun).clone();
        let connections = lock(&self.connections).clone();
        for (user, count) in &mut unauthenticated {
            *count = count.saturating_sub(connections.get(user).copied().unwrap_or_default());
        }
        unauthenticated.retain(|_, count| *count > 0);
        json!({
            "connections": connections,
            "unauthenticated": unauthenticated,
            "statements": self.statements.load(Ordering::Relaxed),
            "round_trips": self.round_trips.load(Ordering::Relaxed),
            "answered_bytes": self.answered_bytes.load(Ordering::Relaxed),
        })
    }
}

/// Finds messages of some types in what one side sends.
#[derive(Debug)]
pub struct MessageCounter {
    tags: &'static [u8],
    header: Vec<u8>,
    body_left: usize,
}

impl MessageCounter {
    /// Of these types.
    pub fn of(tags: &'static [u8]) -> Self {
        Self {
            tags,
            header: Vec::new(),
            body_left: 0,
        }
    }

    /// How many of them begin in these bytes.
    pub fn count(&mut self, mut bytes: &[u8]) -> u64 {
        let mut found = 0;
        while !bytes.is_empty() {
            let skipped = self.body_left.min(bytes.len());
            self.body_left -= skipped;
            bytes = &bytes[skipped..];
            let taken = (5 - self.header.len()).min(bytes.len());
            if self.body_left > 0 || taken == 0 {
                continue;
            }
            self.header.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if let &[tag, a, b, c, d] = self.header.as_slice() {
                found += u64::from(self.tags.contains(&tag));
                let length = u32::from_be_bytes([a, b, c, d]) as usize;
                self.body_left = length.saturating_sub(4);
                self.header.clear();
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_counted_however_the_bytes_are_cut() {
        let mut stream = Vec::new();
        for (tag, body) in [
            (b'Q', &b"SELECT 1\0"[..]),
            (b'P', b"QQQQQ"),
            (b'E', b""),
            (b'S', b""),
        ] {
            stream.push(tag);
            let length = u32::try_from(body.len() + 4).expect("it is short");
            stream.extend_from_slice(&length.to_be_bytes());
            stream.extend_from_slice(body);
        }
        for size in 1..=stream.len() {
            let mut counter = MessageCounter::of(b"QE");
            let counted: u64 = stream.chunks(size).map(|chunk| counter.count(chunk)).sum();
            assert_eq!(counted, 2, "in pieces of {size}");
        }
    }
}
