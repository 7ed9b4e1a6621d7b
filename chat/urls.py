"""The chat's pages. Signing in and the admin have their own, in chatsite.urls."""

from django.urls import path

from chat.views import answers, arranging, conversations, desks, errors, health, messages, selecting, streams

app_name = "chat"

urlpatterns = [
    path("chat/", conversations.new, name="new"),
    path("chat/<uuid:conversation_id>/", conversations.show, name="conversation"),
    path("chat/<uuid:conversation_id>/news/", conversations.news, name="news"),
    path("chat/<uuid:conversation_id>/messages/", messages.create, name="send"),
    path("chat/<uuid:conversation_id>/manage/", arranging.manage, name="manage"),
    path("chat/<uuid:conversation_id>/rename/", arranging.rename, name="rename"),
    path("chat/<uuid:conversation_id>/pin/", arranging.pin, name="pin"),
    path("chat/<uuid:conversation_id>/unpin/", arranging.unpin, name="unpin"),
    path("chat/<uuid:conversation_id>/archive/", arranging.archive, name="archive"),
    path("chat/<uuid:conversation_id>/unarchive/", arranging.unarchive, name="unarchive"),
    path("chat/<uuid:conversation_id>/delete/", arranging.delete, name="delete"),
    path("chat/<uuid:conversation_id>/undo/", arranging.undo, name="undo"),
    path("chats/", desks.chats, name="chats"),
    path("chats/archive/", desks.archive, name="archived"),
    path("chats/list/", desks.list_alone, name="list"),
    path("chats/pin/", selecting.pin, name="pin_selected"),
    path("chats/unpin/", selecting.unpin, name="unpin_selected"),
    path("chats/put-away/", selecting.archive, name="archive_selected"),
    path("chats/take-back/", selecting.unarchive, name="unarchive_selected"),
    path("chats/delete/", selecting.delete, name="delete_selected"),
    path("chats/delete-all/", selecting.delete_all, name="delete_all"),
    path("chats/undo/", selecting.undo, name="undo_selected"),
    path("messages/<uuid:message_id>/source/", messages.source, name="source"),
    path("messages/<uuid:message_id>/edit/", messages.edit, name="edit"),
    path("messages/<uuid:message_id>/stop/", answers.stop, name="stop"),
    path("messages/<uuid:message_id>/continue/", answers.proceed, name="continue"),
    path("messages/<uuid:message_id>/regenerate/", answers.regenerate, name="regenerate"),
    path("messages/<uuid:message_id>/choose/", answers.choose, name="choose"),
    path("messages/<uuid:message_id>/stream/", streams.stream, name="stream"),
    path("messages/<uuid:message_id>/live/", streams.live, name="live"),
    path("offline/", errors.offline, name="offline"),
    path("service-worker.js", errors.service_worker, name="service_worker"),
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
]
