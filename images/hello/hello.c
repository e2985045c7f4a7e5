/* The test image's only program: a tiny HTTP server that can be told to misbehave, and the tools to talk to it.
 * No name resolution, no shell, static. See usage() for what it takes. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static atomic_int failing;
static long stop_delay_ms;

static const char *setting(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value != NULL && *value != '\0' ? value : otherwise;
}

static long number(const char *text) { return strtol(text, NULL, 10); }

static void rest(long ms) {
  struct timespec left = {ms / 1000, (ms % 1000) * 1000000L};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

/* Connections that are being served. */
static atomic_int open_connections;
static int stop_pipe[2];
static atomic_int listener = -1;

static void on_stop(int signal_number) {
  (void)signal_number;
  if (write(stop_pipe[1], "", 1) != 1) _exit(0);
}

/* As a good server does: what has come in is answered before the end. Who is still in the listener's queue counts, too. */
static void *end_when_idle(void *nothing) {
  char byte;
  int quiet = 0;
  while (read(stop_pipe[0], &byte, 1) < 0 && errno == EINTR) {
  }
  if (stop_delay_ms > 0) rest(stop_delay_ms);
  while (quiet < 5) {
    struct pollfd queue = {.fd = listener, .events = POLLIN};
    quiet = open_connections == 0 && poll(&queue, 1, 0) == 0 ? quiet + 1 : 0;
    rest(10);
  }
  _exit(0);
  return nothing;
}

/* As process 1 orphans land here; nothing else would reap them. */
static void on_child(int signal_number) {
  (void)signal_number;
  int saved = errno;
  while (waitpid(-1, NULL, WNOHANG) > 0) {
  }
  errno = saved;
}

/* Process 1 has no default signal actions: without handlers SIGTERM would be ignored. */
static void install_handlers(void) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, on_stop);
  signal(SIGINT, on_stop);
  signal(SIGCHLD, on_child);
}

static int write_all(int fd, const char *data, size_t length) {
  while (length > 0) {
    ssize_t written = write(fd, data, length);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return -1;
    data += written;
    length -= (size_t)written;
  }
  return 0;
}

static void reply(int fd, const char *status, const char *body) {
  char head[256];
  int length = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                        status, strlen(body));
  if (write_all(fd, head, (size_t)length) == 0) write_all(fd, body, strlen(body));
}

static void reply_hello(int fd) {
  char host[256] = "";
  char body[512];
  gethostname(host, sizeof host - 1);
  snprintf(body, sizeof body, "hello %s from %s\n", setting("VERSION", "0"), host);
  reply(fd, "200 OK", body);
}

static void reply_env(int fd) {
  static const size_t room = 65536;
  char *body = calloc(1, room);
  size_t used = 0;
  if (body == NULL) return;
  for (char **entry = environ; *entry != NULL && used < room; entry++)
    used += (size_t)snprintf(body + used, room - used, "%s\n", *entry);
  reply(fd, "200 OK", body);
  free(body);
}

/* The value of a query parameter, or otherwise when it is not given. */
static long query_number(const char *query, const char *name, long otherwise) {
  size_t length = strlen(name);
  for (const char *at = query; at != NULL && *at != '\0'; at = strchr(at, '&') != NULL ? strchr(at, '&') + 1 : NULL)
    if (strncmp(at, name, length) == 0 && at[length] == '=') return number(at + length + 1);
  return otherwise;
}

static void crash(int fd, const char *query) {
  long code = query_number(query, "code", 1);
  reply(fd, "200 OK", "crashing\n");
  printf("crash %ld\n", code);
  _exit((int)code);
}

static void answer(int fd, const char *path, const char *query) {
  if (strcmp(path, "/") == 0) return reply_hello(fd);
  if (strcmp(path, "/healthz") == 0)
    return failing ? reply(fd, "503 Service Unavailable", "failing\n") : reply(fd, "200 OK", "ok\n");
  if (strcmp(path, "/fail") == 0 || strcmp(path, "/heal") == 0) {
    failing = path[1] == 'f';
    return reply(fd, "200 OK", failing ? "failing\n" : "ok\n");
  }
  if (strcmp(path, "/crash") == 0) return crash(fd, query);
  if (strcmp(path, "/env") == 0) return reply_env(fd);
  if (strcmp(path, "/slow") == 0) rest(query_number(query, "ms", 1000));
  reply(fd, strcmp(path, "/slow") == 0 ? "200 OK" : "404 Not Found", strcmp(path, "/slow") == 0 ? "slow\n" : "not found\n");
}

static void set_timeouts(int fd) {
  struct timeval limit = {10, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static void *serve_connection(void *argument) {
  int fd = (int)(long)argument;
  char request[4096];
  char method[16];
  char target[1024];
  size_t used = 0;
  set_timeouts(fd);
  while (used < sizeof request - 1) {
    ssize_t got = read(fd, request + used, sizeof request - 1 - used);
    if (got <= 0) break;
    used += (size_t)got;
    request[used] = '\0';
    if (strstr(request, "\r\n\r\n") != NULL) break;
  }
  request[used] = '\0';
  if (sscanf(request, "%15s %1023s", method, target) == 2) {
    char *query = strchr(target, '?');
    if (query != NULL) *query++ = '\0';
    if (strcmp(target, "/healthz") != 0) printf("%s %s\n", method, target);
    answer(fd, target, query == NULL ? "" : query);
  }
  shutdown(fd, SHUT_WR);
  close(fd);
  open_connections--;
  return NULL;
}

static int listen_on(int port) {
  int yes = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = INADDR_ANY};
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 512) != 0) {
    perror("hello: listen");
    exit(1);
  }
  return fd;
}

static void start_thread(void *(*work)(void *), int fd) {
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (pthread_create(&thread, &attributes, work, (void *)(long)fd) != 0) {
    perror("hello: thread");
    _exit(1);
  }
  pthread_attr_destroy(&attributes);
}

static int serve(void) {
  const char *start_fail = setting("START_FAIL", "");
  int port = (int)number(setting("PORT", "8080"));
  if (*start_fail != '\0') {
    fprintf(stderr, "hello: told to fail at start\n");
    return (int)number(start_fail);
  }
  stop_delay_ms = number(setting("STOP_DELAY", "0"));
  failing = number(setting("UNHEALTHY", "0")) != 0;
  if (pipe(stop_pipe) != 0) return 1;
  start_thread(end_when_idle, 0);
  install_handlers();
  rest(number(setting("SLOW_START", "0")));
  listener = listen_on(port);
  printf("hello %s listening on %d\n", setting("VERSION", "0"), port);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) continue;
    open_connections++;
    start_thread(serve_connection, fd);
  }
}

static int usage(void);

/* GETs http://IP[:PORT]/PATH and prints the body; 0 only for a 2xx answer. */
static int get(const char *url, int print) {
  char ip[64];
  char path[1024] = "/";
  char request[1400];
  static char response[1 << 20];
  int port = 80;
  int code = 0;
  size_t used = 0;
  if (strncmp(url, "http://", 7) == 0) url += 7;
  if (sscanf(url, "%63[0-9.]:%d%1023s", ip, &port, path) < 2 && sscanf(url, "%63[0-9.]%1023s", ip, path) < 1) return usage();
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, ip, &address.sin_addr) != 1) return usage();
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  set_timeouts(fd);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    if (print) perror("hello: connect");
    return 1;
  }
  int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", path, ip);
  write_all(fd, request, (size_t)length);
  for (ssize_t got; used < sizeof response - 1 && (got = read(fd, response + used, sizeof response - 1 - used)) > 0;) used += (size_t)got;
  close(fd);
  const char *body = strstr(response, "\r\n\r\n");
  if (sscanf(response, "HTTP/%*s %d", &code) != 1 || body == NULL) return 1;
  if (print) fputs(body + 4, stdout);
  return code >= 200 && code < 300 ? 0 : 1;
}

static int check(void) {
  char url[64];
  snprintf(url, sizeof url, "127.0.0.1:%s/healthz", setting("PORT", "8080"));
  return get(url, 0);
}

static int copy_input(void) {
  char buffer[4096];
  for (ssize_t got; (got = read(0, buffer, sizeof buffer)) > 0;) write_all(1, buffer, (size_t)got);
  return 0;
}

static int usage(void) {
  fputs("hello [serve]      HTTP on PORT (8080): / /healthz /fail /heal /crash?code=N /slow?ms=N /env\n"
        "                   environment: VERSION PORT SLOW_START=ms START_FAIL=code STOP_DELAY=ms UNHEALTHY=1\n"
        "hello check        exit 0 if the server in this container is healthy\n"
        "hello get URL      print http://IP:PORT/PATH\n"
        "hello sleep [SEC]  wait, for ever by default\n"
        "hello echo WORDS   print them\n"
        "hello cat          copy standard input to standard output\n"
        "hello exit [CODE [WORDS]]  print the words, and exit\n"
        "hello eat          take memory, 1 MiB at a time, until it is killed\n",
        stderr);
  return 2;
}

static int wait_seconds(const char *seconds) {
  install_handlers();
  if (seconds != NULL) return rest(number(seconds) * 1000), 0;
  for (;;) pause();
}

/* Memory that is never written to is never taken. */
static int eat(void) {
  static const size_t bite = 1 << 20;
  puts("hello: eating");
  for (;;) {
    char *taken = malloc(bite);
    if (taken == NULL) return 1;
    memset(taken, 1, bite);
    rest(1);
  }
}

static void print_words(int count, char **words, int from) {
  for (int index = from; index < count; index++) printf("%s%s", words[index], index + 1 < count ? " " : "\n");
}

int main(int count, char **words) {
  const char *command = count > 1 ? words[1] : "serve";
  const char *argument = count > 2 ? words[2] : NULL;
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (strcmp(command, "serve") == 0) return serve();
  if (strcmp(command, "check") == 0) return check();
  if (strcmp(command, "get") == 0 && argument != NULL) return get(argument, 1);
  if (strcmp(command, "sleep") == 0) return wait_seconds(argument);
  if (strcmp(command, "cat") == 0) return copy_input();
  if (strcmp(command, "eat") == 0) return eat();
  if (strcmp(command, "exit") == 0) return print_words(count, words, 3), argument == NULL ? 0 : (int)number(argument);
  if (strcmp(command, "echo") != 0) return usage();
  print_words(count, words, 2);
  if (count == 2) putchar('\n');
  return 0;
}
