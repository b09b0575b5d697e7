//! Makes inputs: golden ones, changed in ways that decoders are sensitive to, and noise.

use fastrand::Rng;
use tfplugin::{
    testing::Encoded,
    value::{Type, Value},
};

/// The longest input, in bytes.
const LONGEST: usize = 4096;

/// Bytes that mean something in msgpack, JSON or protobuf.
const TELLING: [u8; 32] = [
    0x00, 0x01, 0x7f, 0x80, 0xff, 0xc0, 0xc1, 0xc4, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcf, 0xd3, 0xd4,
    0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0x90, 0x9f, b'[', b'{', b'"', b'\\', b'-', b'e',
    b',',
];

/// Lengths that lie.
const LIES: [[u8; 4]; 5] = [
    [0xff; 4],
    [0x7f, 0xff, 0xff, 0xff],
    [0x00, 0x10, 0x00, 0x00],
    [0x00, 0x00, 0xff, 0xff],
    [0xff, 0xff, 0xff, 0x0f],
];

/// A source of inputs that the same seed makes the same.
pub struct Mutator {
    random: Rng,
}

impl Mutator {
    pub fn new(seed: u64) -> Self {
        Self {
            random: Rng::with_seed(seed),
        }
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, many: &'a [T]) -> &'a T {
        &many[self.random.usize(..many.len())]
    }

    /// Whether something happens that does so once in `times`.
    pub fn once_in(&mut self, times: u32) -> bool {
        self.random.u32(..times) == 0
    }

    /// An integer, small or at a border.
    pub fn integer(&mut self) -> i64 {
        match self.random.u8(..4) {
            0 => *self.one_of(&[i64::MIN, -1, i64::MAX, i64::from(u32::MAX)]),
            1 => self.random.i64(..),
            _ => self.random.i64(0..4),
        }
    }

    /// Noise.
    pub fn noise(&mut self) -> Vec<u8> {
        let length = self.random.usize(..64);
        (0..length).map(|_| self.random.u8(..)).collect()
    }

    /// A golden input, mostly changed.
    pub fn bytes(&mut self, golden: &[Vec<u8>]) -> Vec<u8> {
        if golden.is_empty() || self.once_in(16) {
            return self.noise();
        }
        let mut bytes = self.one_of(golden).clone();
        if !self.once_in(8) {
            for _ in 0..self.random.usize(1..=4) {
                self.change(&mut bytes, golden);
            }
        }
        bytes
    }

    /// Changes bytes in place.
    pub fn change(&mut self, bytes: &mut Vec<u8>, others: &[Vec<u8>]) {
        let at = self.random.usize(..=bytes.len());
        let to = self.random.usize(at..=bytes.len());
        match self.random.u8(..10) {
            0 if at < bytes.len() => bytes[at] ^= 1 << self.random.u8(..8),
            1 if at < bytes.len() => bytes[at] = *self.one_of(&TELLING),
            2 => bytes.insert(at, *self.one_of(&TELLING)),
            3 => bytes.truncate(at),
            4 => {
                bytes.drain(at..to);
            }
            5 => {
                let part = bytes[at..to].to_vec();
                bytes.splice(at..at, part);
            }
            6 => {
                let lie = *self.one_of(&LIES);
                bytes.splice(at..to.min(at + 4), lie);
            }
            7 if !others.is_empty() => {
                let other = self.one_of(others).clone();
                let from = self.random.usize(..=other.len());
                bytes.splice(at..to, other[from..].iter().copied());
            }
            8 => {
                // Deep nesting is the same few bytes over and over.
                let part = bytes[at..to.min(at + 8)].to_vec();
                let part = part.repeat(self.random.usize(1..=200));
                bytes.splice(at..at, part);
            }
            _ => {
                let noise = self.noise();
                bytes.splice(at..to, noise);
            }
        }
        bytes.truncate(LONGEST);
    }
}

/// Values of all kinds with the types that they have.
pub fn values() -> Vec<(Type, Value)> {
    let number = |text: &str| {
        let json = serde_json::from_str(text).expect("a number");
        Value::from_json(&json, &Type::Number).expect("a number")
    };
    let unknown = Value::UNKNOWN;
    let object_type = Type::object([
        ("a", Type::String),
        ("b", Type::list(Type::Number)),
        ("c", Type::Dynamic),
    ]);
    let tuple_type = Type::Tuple(vec![Type::Bool, Type::String]);
    let dynamic = |r#type: &Type, value: Value| Value::Dynamic {
        r#type: r#type.clone(),
        value: Box::new(value),
    };
    let tuple = Value::Tuple(vec![true.into(), "text".into()]);
    let object = Value::object([
        ("a", "text".into()),
        ("b", Value::List(vec![1.into(), unknown.clone()])),
        ("c", dynamic(&tuple_type, tuple.clone())),
    ]);
    let nested_sets = Type::set(Type::set(Type::set(Type::Number)));
    let inner = |numbers: &[i64]| Value::Set(numbers.iter().map(|one| (*one).into()).collect());
    vec![
        (Type::Bool, true.into()),
        (Type::String, "text \u{e9}\u{1f35e}".into()),
        (Type::Number, 7.into()),
        (Type::Number, number("-1.5e300")),
        (Type::Number, number("123456789012345678901234567890.123")),
        (Type::Number, Value::from(u64::MAX)),
        (Type::Dynamic, dynamic(&object_type, object.clone())),
        (Type::Dynamic, unknown),
        (
            Type::set(object_type.clone()),
            Value::Set(vec![object.clone(), Value::Null]),
        ),
        (
            Type::map(tuple_type.clone()),
            Value::Map([("key".to_owned(), tuple.clone())].into()),
        ),
        (
            nested_sets,
            Value::Set(vec![
                Value::Set(vec![inner(&[1, 2]), inner(&[3])]),
                Value::Set(vec![inner(&[2]), inner(&[1, 3])]),
            ]),
        ),
        (object_type, object),
        (tuple_type, tuple),
    ]
}

/// The values in msgpack, with one that has refinements.
pub fn msgpack() -> Vec<Vec<u8>> {
    let refined =
        b"\xc7\x1a\x0c\x86\x01\xc2\x02\xa3pre\x03\x92\x01\xc3\x04\x92\xa33.5\xc2\x05\x01\x06\x02";
    values()
        .iter()
        .map(|(r#type, value)| Encoded::encode(value, r#type).expect("it is").msgpack)
        .chain([refined.to_vec(), b"\xd4\0\0".to_vec(), b"\xc0".to_vec()])
        .collect()
}

/// The values in JSON, those that can be.
pub fn json() -> Vec<Vec<u8>> {
    values()
        .iter()
        .filter_map(|(_, value)| Some(value.to_json().ok()?.to_string().into_bytes()))
        .chain([b"null".to_vec()])
        .collect()
}
