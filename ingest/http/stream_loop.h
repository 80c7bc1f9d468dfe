// Sends what stream sources give, on a thread and an epoll of its own, so that
// listeners who wait cost the workers nothing.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/channel.h"
#include "http/file.h"
#include "http/stream.h"

namespace pagewake::http {

class StreamLoop {
 public:
  // `ended` is called once for each socket, on the loop's thread, and closes it.
  StreamLoop(std::chrono::milliseconds heartbeat, std::chrono::milliseconds write_deadline,
             std::function<void(int fd)> ended);
  ~StreamLoop();  // ends what is left; no `ended` is called any more afterwards

  // Takes over the socket and what goes through it, until `ended`; `first` is
  // sent before anything of the source. From any thread.
  void add(int fd, Channel& channel, std::string first, std::shared_ptr<StreamSource> source);
  // Sends what is there without waiting for anyone, and ends every stream, also
  // those that are added later. From any thread.
  void end_all();

 private:
  struct Stream {
    Channel* channel = nullptr;
    std::shared_ptr<StreamSource> source;
    std::string out;
    std::size_t sent = 0;                // of `out`
    bool waits = false;                  // for room, or for what TLS wants before it goes on
    bool asks_for_room = false;          // EPOLLOUT is asked for
    std::int64_t progress_at_ms = 0;     // when the client last took something
    std::int64_t next_heartbeat_ms = 0;  // pushed back by nothing: see stream.h
  };
  struct Arrival {
    int fd;
    Stream stream;
  };

  void run();
  void wake();
  void take_arrivals();
  int wait_ms() const;
  bool read(Stream& stream) const;          // false: the client is gone
  bool send(int fd, Stream& stream) const;  // false: the client is gone
  bool beat(int fd, Stream& stream) const;  // false: it is over
  // kDone: there is nothing to send.
  bool watch(int fd, Stream& stream, Io wants) const;
  void end(int fd);

  const std::chrono::milliseconds heartbeat_, write_deadline_;
  const std::function<void(int)> ended_;
  File epoll_;
  std::shared_ptr<File> wake_;  // shared with sources, which may outlive the loop
  std::atomic<bool> ending_{false}, finished_{false};
  std::mutex mutex_;
  std::vector<Arrival> arrivals_;
  std::unordered_map<int, Stream> streams_;  // of the loop's thread
  std::thread thread_;                       // last: starts when all else is there
};

}  // namespace pagewake::http
