/* Announces to a tracker, as fast as it answers or at a steady rate, and says in JSON how that went.
 *
 *   tracker_load udp|http|http-keepalive PORT SECONDS CONCURRENCY RATE SWARMS PEERS
 *   tracker_load hashes SWARMS             the info hashes in hex, for a whitelist
 *
 * RATE 0 is as fast as it answers; at another rate times count from when a request was due, so that a tracker that
 * stalls is charged for all who would have waited. Each swarm has PEERS peers on 127.0.0.1; one in four is a seeder.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SLOTS = 1024, ROOM = 8192, MICROS = 2000000, UDP_SOCKETS = 8 };

static uint64_t random_state = 88172645463325252u;
static struct sockaddr_in server = {.sin_family = AF_INET};
static int poller, swarms, peers, keepalive, udp;
static uint64_t done, failed, lost, bytes_in;
static uint32_t histogram[MICROS + 1];

static struct slot {
    int fd;
    int busy;
    uint64_t due;
    int have;
    long need;
    char in[ROOM];
} slots[MAX_SLOTS];

static uint64_t connection_id[UDP_SOCKETS];
static int udp_fd[UDP_SOCKETS];

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

/* SplitMix64 of the number, so that hashes are spread as real ones are. */
static uint64_t mixed(uint64_t z) {
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void info_hash(int swarm, unsigned char *out) {
    uint64_t words[3] = {mixed((uint64_t)swarm * 3), mixed((uint64_t)swarm * 3 + 1), mixed((uint64_t)swarm * 3 + 2)};
    memcpy(out, words, 20);
}

static char *escaped(char *out, const unsigned char *bytes, int count) {
    static const char digits[] = "0123456789ABCDEF";
    for (int i = 0; i < count; i++) {
        unsigned char c = bytes[i];
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-') {
            *out++ = (char)c;
        } else {
            *out++ = '%';
            *out++ = digits[c >> 4];
            *out++ = digits[c & 15];
        }
    }
    return out;
}

static void random_peer(unsigned char *hash, unsigned char *id, int *port, int *left) {
    uint64_t r = next_random();
    int peer = (int)(r >> 32) % peers;
    if (peer < 0) peer += peers;
    info_hash((int)((uint32_t)r % (uint32_t)swarms), hash);
    *port = 10000 + peer;
    *left = peer % 4 == 0 ? 0 : 1000000;
    memcpy(id, "-BE0001-", 8);
    snprintf((char *)id + 8, 13, "%012d", peer);
}

static int http_request(char *out) {
    unsigned char hash[20], id[21];
    int port, left;
    random_peer(hash, id, &port, &left);
    char *at = stpcpy(out, "GET /announce?info_hash=");
    at = escaped(at, hash, 20);
    at = stpcpy(at, "&peer_id=");
    at = escaped(at, id, 20);
    at += sprintf(at, "&port=%d&uploaded=0&downloaded=0&left=%d&compact=1&numwant=50&key=%08X HTTP/1.1\r\n"
                      "Host: 127.0.0.1:%d\r\nUser-Agent: bench/1\r\nConnection: %s\r\n\r\n",
                  port, left, port, ntohs(server.sin_port), keepalive ? "keep-alive" : "close");
    return (int)(at - out);
}

static void finished(uint64_t due, int ok) {
    uint64_t micros = (now() - due) / 1000;
    histogram[micros < MICROS ? micros : MICROS]++;
    done++;
    if (!ok) failed++;
}

/* ---- HTTP */

static void close_slot(struct slot *slot) {
    close(slot->fd);
    slot->fd = -1;
}

static void send_http(int index, uint64_t due) {
    struct slot *slot = &slots[index];
    char out[1024];
    int length = http_request(out);
    slot->busy = 1;
    slot->due = due;
    slot->have = 0;
    slot->need = -1;
    for (int attempt = 0; attempt < 2; attempt++) {
        if (slot->fd < 0) {
            slot->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            if (slot->fd < 0) die("socket");
            int one = 1;
            setsockopt(slot->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            /* On loopback the handshake is over when this returns. */
            if (connect(slot->fd, (struct sockaddr *)&server, sizeof server) < 0) die("connect");
            struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)index};
            if (epoll_ctl(poller, EPOLL_CTL_ADD, slot->fd, &event) < 0) die("epoll_ctl");
        }
        if (send(slot->fd, out, (size_t)length, MSG_NOSIGNAL) == length) return;
        close_slot(slot);
    }
    die("send");
}

/* Whether the answer is whole. A tracker that closes ends its answer by that. */
static void receive_http(int index) {
    struct slot *slot = &slots[index];
    ssize_t count = recv(slot->fd, slot->in + slot->have, sizeof slot->in - 1 - (size_t)slot->have, MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        close_slot(slot);
        if (!slot->busy) return;
        if (keepalive && slot->have == 0) {
            /* It does not keep connections, or not for as long as we did. */
            send_http(index, slot->due);
            return;
        }
        finished(slot->due, 0);
        slot->busy = 0;
        return;
    }
    if (!slot->busy) {
        failed++;
        return;
    }
    bytes_in += (uint64_t)count;
    slot->have += (int)count;
    slot->in[slot->have] = 0;
    if (slot->need < 0) {
        char *end = strstr(slot->in, "\r\n\r\n"), *field = strcasestr(slot->in, "content-length:");
        if (end && field && field < end) slot->need = end + 4 - slot->in + atol(field + 15);
    }
    if (slot->need < 0 || slot->have < slot->need) return;
    char *body = strstr(slot->in, "\r\n\r\n") + 4;
    finished(slot->due, memmem(body, (size_t)(slot->in + slot->have - body), "8:interval", 10) != NULL);
    slot->busy = 0;
    if (!keepalive || strcasestr(slot->in, "connection: close")) close_slot(slot);
}

/* ---- UDP. The transaction id names the slot. */

static int udp_request(unsigned char *out, uint64_t id, int index) {
    unsigned char peer_id[21];
    int port, left;
    uint32_t word;
    uint64_t wide;
    memset(out, 0, 98);
    memcpy(out, &id, 8);
    word = htonl(1);
    memcpy(out + 8, &word, 4);
    word = htonl((uint32_t)index);
    memcpy(out + 12, &word, 4);
    random_peer(out + 16, peer_id, &port, &left);
    memcpy(out + 36, peer_id, 20);
    wide = htobe64((uint64_t)left);
    memcpy(out + 64, &wide, 8);
    word = htonl((uint32_t)port);
    memcpy(out + 88, &word, 4);
    word = htonl(50);
    memcpy(out + 92, &word, 4);
    out[96] = (unsigned char)(port >> 8);
    out[97] = (unsigned char)port;
    return 98;
}

static void connect_udp(int socket_index) {
    udp_fd[socket_index] = socket(AF_INET, SOCK_DGRAM, 0);
    int room = 4 << 20, fd = udp_fd[socket_index];
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0) die("connect");
    unsigned char out[16] = {0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0, 0, 0, 0, 1}, in[16];
    struct timeval patience = {.tv_sec = 2};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (send(fd, out, 16, 0) != 16 || recv(fd, in, 16, 0) != 16) die("udp connect");
    memcpy(&connection_id[socket_index], in + 8, 8);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)socket_index};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

/* Sends for all slots of a socket that are not busy and were given a time. */
static void send_udp(int socket_index, const int *which, int count) {
    static unsigned char out[MAX_SLOTS][98];
    static struct iovec parts[MAX_SLOTS];
    static struct mmsghdr messages[MAX_SLOTS];
    for (int i = 0; i < count; i++) {
        parts[i].iov_base = out[i];
        parts[i].iov_len = (size_t)udp_request(out[i], connection_id[socket_index], which[i]);
        memset(&messages[i], 0, sizeof messages[i]);
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    for (int sent = 0; sent < count;) {
        int more = sendmmsg(udp_fd[socket_index], messages + sent, (unsigned)(count - sent), 0);
        if (more < 0) die("sendmmsg");
        sent += more;
    }
}

static void receive_udp(int socket_index) {
    static unsigned char in[64][2048];
    static struct iovec parts[64];
    static struct mmsghdr messages[64];
    for (int i = 0; i < 64; i++) {
        parts[i] = (struct iovec){in[i], sizeof in[i]};
        memset(&messages[i], 0, sizeof messages[i]);
        messages[i].msg_hdr.msg_iov = &parts[i];
        messages[i].msg_hdr.msg_iovlen = 1;
    }
    int count = recvmmsg(udp_fd[socket_index], messages, 64, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        uint32_t action, index;
        memcpy(&action, in[i], 4);
        memcpy(&index, in[i] + 4, 4);
        index = ntohl(index);
        bytes_in += messages[i].msg_len;
        if (index >= MAX_SLOTS || !slots[index].busy) continue;
        slots[index].busy = 0;
        finished(slots[index].due, ntohl(action) == 1 && messages[i].msg_len >= 20);
    }
}

static uint64_t percentile(double share) {
    uint64_t wanted = (uint64_t)((double)done * share), seen = 0;
    for (int i = 0; i <= MICROS; i++) {
        seen += histogram[i];
        if (seen > wanted) return (uint64_t)i;
    }
    return MICROS;
}

int main(int argc, char **argv) {
    if (argc == 3 && !strcmp(argv[1], "hashes")) {
        for (int swarm = 0; swarm < atoi(argv[2]); swarm++) {
            unsigned char hash[20];
            info_hash(swarm, hash);
            for (int i = 0; i < 20; i++) printf("%02x", hash[i]);
            putchar('\n');
        }
        return 0;
    }
    if (argc != 8) {
        fprintf(stderr, "see the top of tracker_load.c\n");
        return 2;
    }
    udp = !strcmp(argv[1], "udp");
    keepalive = !strcmp(argv[1], "http-keepalive");
    random_state ^= now();
    server.sin_port = htons((uint16_t)atoi(argv[2]));
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    uint64_t length = (uint64_t)(atof(argv[3]) * 1e9);
    int concurrency = atoi(argv[4]);
    double rate = atof(argv[5]);
    swarms = atoi(argv[6]);
    peers = atoi(argv[7]);
    if (concurrency < 1 || concurrency > MAX_SLOTS) die("concurrency");
    poller = epoll_create1(0);
    int sockets = concurrency < UDP_SOCKETS ? concurrency : UDP_SOCKETS;
    for (int i = 0; i < MAX_SLOTS; i++) slots[i].fd = -1;
    if (udp) {
        for (int i = 0; i < sockets; i++) connect_udp(i);
    }

    uint64_t start = now(), end = start + length, time = start, sent = 0;
    while ((time = now()) < end) {
        /* Free slots take what is due. */
        uint64_t due_count = rate > 0 ? (uint64_t)((double)(time - start) * rate / 1e9) + 1 : UINT64_MAX;
        static int which[UDP_SOCKETS][MAX_SLOTS];
        int counts[UDP_SOCKETS] = {0};
        for (int i = 0; i < concurrency && sent < due_count; i++) {
            if (udp && slots[i].busy && time - slots[i].due > 1000000000u) {
                slots[i].busy = 0;
                lost++;
            }
            if (slots[i].busy) continue;
            uint64_t due = rate > 0 ? start + (uint64_t)((double)sent / rate * 1e9) : now();
            sent++;
            if (!udp) {
                send_http(i, due);
                continue;
            }
            slots[i].busy = 1;
            slots[i].due = due;
            which[i % sockets][counts[i % sockets]++] = i;
        }
        for (int i = 0; udp && i < sockets; i++) {
            if (counts[i]) send_udp(i, which[i], counts[i]);
        }
        struct timespec wait = {0, 100000000};
        if (rate > 0 && sent < (uint64_t)((double)length * rate / 1e9)) {
            uint64_t next = start + (uint64_t)((double)sent / rate * 1e9), at = now();
            uint64_t nanos = next > at ? next - at : 0;
            int all_busy = 1;
            for (int i = 0; i < concurrency && all_busy; i++) all_busy = slots[i].busy;
            if (!all_busy && nanos < (uint64_t)wait.tv_nsec) wait.tv_nsec = (long)nanos;
        }
        struct epoll_event events[256];
        int count = epoll_pwait2(poller, events, 256, &wait, NULL);
        for (int i = 0; i < count; i++) {
            if (udp) receive_udp((int)events[i].data.u32);
            else receive_http((int)events[i].data.u32);
        }
    }
    double seconds = (double)(now() - start) / 1e9;
    printf("{\"announces\": %llu, \"seconds\": %.3f, \"per_second\": %.0f, \"failed\": %llu, \"lost\": %llu, "
           "\"bytes_each\": %llu, \"p50_us\": %llu, \"p99_us\": %llu, \"p999_us\": %llu}\n",
           (unsigned long long)done, seconds, (double)done / seconds, (unsigned long long)failed,
           (unsigned long long)lost, (unsigned long long)(done ? bytes_in / done : 0),
           (unsigned long long)percentile(.5), (unsigned long long)percentile(.99),
           (unsigned long long)percentile(.999));
    return 0;
}
