package dev.hubswarm.trackerclient.contact;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.Socket;
import javax.net.SocketFactory;

/**
 * Makes sockets from which a thread reads no more than it may. OkHttp limits what it hands on, and heads, but the line
 * before a chunk (RFC 9112 section 7.1.1) it keeps until it ends, were it gigabytes. Thread-safe.
 */
final class MeteredSockets extends SocketFactory {
    private static final ThreadLocal<long[]> LEFT = new ThreadLocal<>();

    /** Does the work, in which reading fails behind so many bytes. */
    static void reading(long most, Runnable work) {
        LEFT.set(new long[] {most});
        try {
            work.run();
        } finally {
            LEFT.remove();
        }
    }

    @Override
    public Socket createSocket() {
        return new Socket() {
            @Override
            public InputStream getInputStream() throws IOException {
                return new Metered(super.getInputStream());
            }
        };
    }

    private static final class Metered extends FilterInputStream {
        Metered(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int next = super.read();
            if (next >= 0) count(1);
            return next;
        }

        @Override
        public int read(byte[] into, int from, int most) throws IOException {
            int bytes = super.read(into, from, most);
            if (bytes > 0) count(bytes);
            return bytes;
        }

        private static void count(int bytes) throws IOException {
            long[] left = LEFT.get();
            if (left == null) return;
            left[0] -= bytes;
            if (left[0] < 0) throw new ProtocolException("the tracker's answer is too long");
        }
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
        throw new UnsupportedOperationException();
    }
}
