//! Frames that no client sends, on the socket and around the messages.

use terraform_client::{As, call, connect};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
    time::timeout,
};
use tonic::{
    body::Body,
    codegen::{Service, http},
};

use super::{
    run::{PATIENCE, Run, assert_modest, peak_memory},
    start,
};

/// The preface of HTTP/2, settings, and a ping.
const OPENING: &[u8] =
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0\x08\x06\0\0\0\0\0\0\0\0\0\0\0\0\0";

#[tokio::test]
async fn connection_with_anything_on_it_ends_and_others_go_on() {
    let plugin = start().await;
    let before = peak_memory(plugin.id());
    let (mut run, mut mutator) = Run::start();
    let mut inputs = run.inputs(1);
    while inputs.next().is_some() {
        let input = mutator.bytes(&[OPENING.to_vec()]);
        let talk = async {
            let mut socket = UnixStream::connect(plugin.socket()).await?;
            socket.write_all(&input).await?;
            socket.shutdown().await?;
            let mut answer = Vec::new();
            socket.read_to_end(&mut answer).await
        };
        // The other side may hang up before it has read all.
        let talked = timeout(PATIENCE, talk).await;
        assert!(talked.is_ok(), "{}", run.blame("a connection", &input));
    }
    run.done("connections", &inputs);
    assert!(call(&plugin, As::Plaintext).await.is_ok());
    assert_modest(plugin.id(), before, "the connections");
}

#[tokio::test]
async fn message_whose_length_lies_is_refused_and_takes_no_memory() {
    let plugin = start().await;
    let connection = connect(&plugin, As::Plaintext).await;
    let mut channel = connection.expect("a connection");
    let before = peak_memory(plugin.id());
    // A flag for compression, a length, and less than that. The second is under the limit.
    for frame in [
        "\0\x7f\x7f\x7f\x7f",
        "\0\x0f\x00\x00\x00abc",
        "\x01\0\0\0\x03abc",
        "\0\0",
        "\x05",
    ] {
        for _ in 0..20 {
            let request = http::Request::builder()
                .method("POST")
                .uri("http://localhost/tfplugin6.Provider/ReadResource")
                .header("content-type", "application/grpc")
                .header("te", "trailers")
                .body(Body::new(frame.to_owned()))
                .expect("a request");
            std::future::poll_fn(|context| channel.poll_ready(context))
                .await
                .expect("the connection holds");
            let answer = timeout(PATIENCE, channel.call(request)).await;
            let answer = answer.expect("no hang").expect("an answer");
            let status = answer.headers().get("grpc-status");
            assert_ne!(
                status.map(http::HeaderValue::as_bytes),
                Some(b"0".as_slice())
            );
        }
    }
    assert!(call(&plugin, As::Plaintext).await.is_ok());
    assert_modest(plugin.id(), before, "the messages");
}
