#include "http/stream_loop.h"

#include <spdlog/spdlog.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

namespace pagewake::http {

namespace {

constexpr int kTurns = 16;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void signal(const File& file) {
  const std::uint64_t one = 1;
  // Full means that the loop is about to look anyway.
  [[maybe_unused]] const auto written = ::write(file.get(), &one, sizeof one);
}

}  // namespace

StreamLoop::StreamLoop(std::chrono::milliseconds heartbeat,
                       std::chrono::milliseconds write_deadline, std::function<void(int fd)> ended)
    : heartbeat_(heartbeat),
      write_deadline_(write_deadline),
      ended_(std::move(ended)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(std::make_shared<File>(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_->get();
  epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_->get(), &event);
  thread_ = std::thread([this] { run(); });
}

StreamLoop::~StreamLoop() {
  finished_ = true;
  end_all();
  thread_.join();
}

void StreamLoop::wake() { signal(*wake_); }

void StreamLoop::add(int fd, Channel& channel, std::string first,
                     std::shared_ptr<StreamSource> source) {
  source->on_wake([file = wake_] { signal(*file); });
  Stream stream;
  stream.channel = &channel;
  stream.source = std::move(source);
  stream.out = std::move(first);
  {
    const std::lock_guard lock(mutex_);
    arrivals_.push_back({fd, std::move(stream)});
  }
  wake();
}

void StreamLoop::end_all() {
  ending_ = true;
  wake();
}

void StreamLoop::take_arrivals() {
  std::vector<Arrival> arrivals;
  {
    const std::lock_guard lock(mutex_);
    arrivals.swap(arrivals_);
  }
  for (Arrival& arrival : arrivals) {
    Stream& stream = arrival.stream;
    stream.progress_at_ms = now_ms();
    stream.next_heartbeat_ms = now_ms() + heartbeat_.count();
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.fd = arrival.fd;
    const bool watched = epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, arrival.fd, &event) == 0;
    streams_.emplace(arrival.fd, std::move(stream));
    if (!watched) end(arrival.fd);
  }
}

// Until the next heartbeat or the end of the patience with a client that takes nothing.
int StreamLoop::wait_ms() const {
  std::int64_t next = INT64_MAX;
  for (const auto& [fd, stream] : streams_) {
    next = std::min(next, stream.next_heartbeat_ms);
    if (stream.waits) {
      next = std::min(next, stream.progress_at_ms + write_deadline_.count());
    }
  }
  if (next == INT64_MAX) return -1;
  return static_cast<int>(std::clamp<std::int64_t>(next - now_ms(), 0, 60'000));
}

void StreamLoop::run() {
  while (true) {
    std::array<epoll_event, 64> events;
    const int n =
        epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_ms());
    if (n < 0 && errno != EINTR) {
      spdlog::error("streams stop: epoll_wait failed ({})", errno);
      return;
    }
    for (int i = 0; i < n; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == wake_->get()) {
        std::uint64_t count;
        [[maybe_unused]] const auto got = ::read(fd, &count, sizeof count);
      } else if ((events[static_cast<std::size_t>(i)].events &
                  (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        const auto found = streams_.find(fd);
        if (found != streams_.end() && !read(found->second)) end(fd);
      }
    }
    take_arrivals();
    std::vector<int> over;
    for (auto& [fd, stream] : streams_) {
      const bool lives = send(fd, stream) && (ending_.load() || beat(fd, stream));
      if (!lives || ending_.load()) over.push_back(fd);
    }
    for (const int fd : over) end(fd);
    if (finished_.load()) {
      take_arrivals();
      while (!streams_.empty()) end(streams_.begin()->first);
      return;
    }
  }
}

bool StreamLoop::read(Stream& stream) const {
  // Nothing a listener says matters, only that it is still there. So what a
  // channel still holds may stay there, as long as it is asked at the next event.
  std::array<char, 4096> buffer;
  const Io io = stream.channel->receive(buffer.data(), buffer.size()).io;
  return io == Io::kDone || io == Io::kWantsRead || io == Io::kWantsWrite;
}

bool StreamLoop::send(int fd, Stream& stream) const {
  // A source that always has more must not keep the others waiting.
  for (int turn = 0; turn < kTurns; ++turn) {
    if (stream.sent == stream.out.size()) {
      stream.sent = 0;
      try {
        stream.out = stream.source->take();
      } catch (const std::exception& e) {
        spdlog::error("a stream's source failed: {}", e.what());
        return false;
      }
      if (stream.out.empty()) return watch(fd, stream, Io::kDone);
    }
    const auto [io, n] = stream.channel->send(std::string_view(stream.out).substr(stream.sent));
    if (io == Io::kDone) {
      stream.sent += n;
      stream.progress_at_ms = now_ms();
    } else if (io == Io::kWantsRead || io == Io::kWantsWrite) {
      return watch(fd, stream, io) && now_ms() < stream.progress_at_ms + write_deadline_.count();
    } else {
      return false;
    }
  }
  return watch(fd, stream, Io::kWantsWrite);
}

bool StreamLoop::beat(int fd, Stream& stream) const {
  if (now_ms() < stream.next_heartbeat_ms) return true;
  stream.next_heartbeat_ms = now_ms() + heartbeat_.count();
  std::optional<std::string> text;
  try {
    text = stream.source->heartbeat();
  } catch (const std::exception& e) {
    spdlog::error("a stream's source failed: {}", e.what());
  }
  if (!text) return false;
  // Who still has something to take knows that the server is there.
  if (!stream.out.empty()) return true;
  stream.out = std::move(*text);
  return send(fd, stream);
}

bool StreamLoop::watch(int fd, Stream& stream, Io wants) const {
  const bool waits = wants != Io::kDone;
  if (waits && !stream.waits) stream.progress_at_ms = now_ms();
  stream.waits = waits;
  const bool room = wants == Io::kWantsWrite;
  if (stream.asks_for_room == room) return true;
  stream.asks_for_room = room;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLRDHUP | (room ? EPOLLOUT : 0u);
  event.data.fd = fd;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0;
}

void StreamLoop::end(int fd) {
  const auto stream = streams_.find(fd);
  stream->second.source->on_wake({});
  streams_.erase(stream);
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  ended_(fd);
}

}  // namespace pagewake::http
