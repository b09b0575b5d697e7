//! A client that sends and takes messages as bytes.

use bytes::{Buf, BufMut};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
    transport::Channel,
};

/// The most messages of a stream that are read.
const MOST_MESSAGES: usize = 50;

/// Calls an RPC with a request of any bytes, and reads its messages, one or many. A stream that
/// goes on is left alone after a while.
///
/// # Errors
/// With the status when the answer is one.
pub async fn call(channel: &Channel, rpc: &str, request: Vec<u8>) -> Result<Vec<Vec<u8>>, Status> {
    let path = PathAndQuery::try_from(format!("/tfplugin6.Provider/{rpc}")).expect("a path");
    let mut client = Grpc::new(channel.clone()).max_decoding_message_size(usize::MAX);
    client.ready().await.expect("the connection holds");
    let answer = client
        .server_streaming(Request::new(request), path, Bytes)
        .await?;
    let mut stream = answer.into_inner();
    let mut messages = Vec::new();
    while messages.len() < MOST_MESSAGES {
        match stream.message().await? {
            Some(message) => messages.push(message),
            None => break,
        }
    }
    Ok(messages)
}

/// Messages as bytes.
#[derive(Clone, Copy)]
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&message);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}
