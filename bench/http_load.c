/* Asks a web server for one thing over connections that stay, each as soon as it was answered, and says in JSON how
 * that went.
 *
 *   http_load PORT PATH CONNECTIONS SECONDS
 *
 * An answer that is no 200, or has no Content-Length, ends it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
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

enum { MAX_CONNECTIONS = 1024, ROOM = 64 << 10, MICROS = 2000000 };

static struct connection {
    int fd;
    int have;
    uint64_t asked;
    char in[ROOM];
} connections[MAX_CONNECTIONS];

static char request[4096];
static int length;
static uint64_t done, histogram[MICROS + 1];

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static void die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static void ask(struct connection *each) {
    each->have = 0;
    each->asked = now();
    if (send(each->fd, request, (size_t)length, MSG_NOSIGNAL) != length) die("send");
}

/* Whether the answer is whole. */
static int whole(struct connection *each) {
    each->in[each->have] = 0;
    char *end = strstr(each->in, "\r\n\r\n");
    if (!end) return 0;
    if (strncmp(each->in, "HTTP/1.1 200 ", 13)) {
        fprintf(stderr, "%.200s\n", each->in);
        exit(1);
    }
    char *size = strcasestr(each->in, "\r\nContent-Length:");
    if (!size || size > end) {
        fprintf(stderr, "an answer without a length\n");
        exit(1);
    }
    long need = (long)(end + 4 - each->in) + strtol(size + 17, NULL, 10);
    if (need >= ROOM) {
        fprintf(stderr, "an answer of %ld bytes\n", need);
        exit(1);
    }
    return each->have >= need;
}

static double percentile(double share) {
    uint64_t wanted = (uint64_t)((double)done * share), sum = 0;
    for (int i = 0; i <= MICROS; i++)
        if ((sum += histogram[i]) > wanted) return i / 1000.0;
    return MICROS / 1000.0;
}

int main(int count, char **words) {
    if (count != 5) {
        fprintf(stderr, "http_load PORT PATH CONNECTIONS SECONDS\n");
        return 2;
    }
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(words[1]))};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int all = atoi(words[3]);
    if (all < 1 || all > MAX_CONNECTIONS) return 2;
    length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nUser-Agent: http_load\r\n\r\n",
                      words[2], words[1]);
    int poller = epoll_create1(0), on = 1;
    for (int i = 0; i < all; i++) {
        struct connection *each = &connections[i];
        each->fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(each->fd, (struct sockaddr *)&server, sizeof server)) die("connect");
        setsockopt(each->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = each};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, each->fd, &event)) die("epoll_ctl");
    }
    uint64_t begun = now(), end = begun + (uint64_t)(atof(words[4]) * 1e9);
    for (int i = 0; i < all; i++) ask(&connections[i]);
    while (now() < end) {
        struct epoll_event ready[MAX_CONNECTIONS];
        int number = epoll_wait(poller, ready, MAX_CONNECTIONS, 1000);
        for (int i = 0; i < number; i++) {
            struct connection *each = ready[i].data.ptr;
            ssize_t got = recv(each->fd, each->in + each->have, (size_t)(ROOM - 1 - each->have), 0);
            if (got <= 0) die("recv");
            each->have += (int)got;
            if (!whole(each)) continue;
            uint64_t micros = (now() - each->asked) / 1000;
            histogram[micros < MICROS ? micros : MICROS]++;
            done++;
            ask(each);
        }
    }
    double seconds = (double)(now() - begun) / 1e9;
    printf("{\"rate\": %.0f, \"p50_ms\": %.3f, \"p99_ms\": %.3f}\n", (double)done / seconds, percentile(0.5), percentile(0.99));
    return 0;
}
