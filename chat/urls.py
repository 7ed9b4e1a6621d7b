"""The chat's pages. Signing in and the admin have their own, in chatsite.urls."""

from django.urls import path

from chat.views import answers, conversations, errors, health, messages, search, streams

app_name = "chat"

urlpatterns = [
    path("chat/", conversations.new, name="new"),
    path("chat/<uuid:conversation_id>/", conversations.show, name="conversation"),
    path("chat/<uuid:conversation_id>/news/", conversations.news, name="news"),
    path("chat/<uuid:conversation_id>/messages/", messages.create, name="send"),
    path("search/", search.search, name="search"),
    path("messages/<uuid:message_id>/", search.message, name="message"),
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
