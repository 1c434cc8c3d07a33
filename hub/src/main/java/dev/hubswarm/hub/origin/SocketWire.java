package dev.hubswarm.hub.origin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** A connected socket, with TLS or behind a SOCKS proxy: what {@link PlainWire} cannot do. */
final class SocketWire implements Wire {
    private static final int RECORD = 1 << 14;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] record = new byte[RECORD];

    SocketWire(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /**
     * TLS, with the name in the certificate checked.
     *
     * @param connected is closed with the wire, and when this fails
     */
    static SocketWire tls(Socket connected, String host, int port, SSLSocketFactory factory) throws IOException {
        try {
            SSLSocket socket = (SSLSocket) factory.createSocket(connected, host, port, true);
            SSLParameters parameters = socket.getSSLParameters();
            // Without this the JDK accepts any trusted certificate, whatever host it is for (RFC 9110, section 4.3.4).
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            return new SocketWire(socket);
        } catch (IOException | RuntimeException e) {
            connected.close();
            throw e;
        }
    }

    @Override
    public int read(ByteBuffer into) throws IOException {
        int read = in.read(record, 0, Math.min(record.length, into.remaining()));
        if (read > 0) into.put(record, 0, read);
        return read;
    }

    @Override
    public void writeAll(ByteBuffer from) throws IOException {
        byte[] bytes = new byte[from.remaining()];
        from.get(bytes);
        out.write(bytes);
        out.flush();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
