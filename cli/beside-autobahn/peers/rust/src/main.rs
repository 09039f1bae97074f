//! An echo server on tungstenite, one thread a connection.
use std::net::{TcpListener, TcpStream};
use std::{env, thread};

use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Result, accept_with_config};

const MAX_MESSAGE: usize = 32 << 20;

fn echo(stream: TcpStream, config: WebSocketConfig) -> Result<()> {
    stream.set_nodelay(true)?;
    let Ok(mut socket) = accept_with_config(stream, Some(config)) else {
        return Ok(());
    };
    loop {
        let message = socket.read()?;
        if message.is_text() || message.is_binary() {
            socket.send(message)?;
        }
    }
}

fn main() {
    let port = env::var("PORT").expect("PORT is the port to listen on");
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).expect("the port is free");
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    for stream in listener.incoming().flatten() {
        thread::spawn(move || echo(stream, config));
    }
}
