// An echo server on coder/websocket.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/coder/websocket"
)

const maxMessage = 32 << 20

var options = websocket.AcceptOptions{
	InsecureSkipVerify:   true,
	CompressionMode:      websocket.CompressionContextTakeover,
	CompressionThreshold: 1,
}

func echo(response http.ResponseWriter, request *http.Request) {
	conn, err := websocket.Accept(response, request, &options)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(maxMessage)
	for {
		kind, message, err := conn.Read(request.Context())
		if err != nil {
			return
		}
		if err := conn.Write(request.Context(), kind, message); err != nil {
			return
		}
	}
}

func main() {
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(echo)))
}
