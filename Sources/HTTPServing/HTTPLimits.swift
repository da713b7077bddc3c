/// What one server accepts before it refuses, so that no client can hold or exhaust it.
package struct HTTPLimits: Sendable {
    /// Over this a request is answered 413.
    package var bodyBytesMax = 1 << 20
    /// All header fields of a request together; over this it is answered 431.
    package var headerBytesMax = 64 << 10
    /// Connections at one time; one more is closed at once.
    package var connectionsMax = 512
    /// From the first connection (TLS handshake included), or from the head, to the request's end.
    package var requestTimeout = Duration.seconds(15)
    /// Between one response and the next request's head.
    package var idleTimeout = Duration.seconds(90)
    /// How long a client may take no byte of what it is sent.
    package var writeTimeout = Duration.seconds(20)
    /// How long a refused client may go on sending, so that it reads the refusal and no reset.
    package var lingerTimeout = Duration.seconds(1)
    /// How long a graceful shutdown waits for responses that have begun; streams end at once.
    package var drainTimeout = Duration.seconds(3)

    package init() {}
}
