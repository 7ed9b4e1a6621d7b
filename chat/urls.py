"""The chat's pages. Signing in and the admin have their own, in chatsite.urls."""

from django.urls import path, re_path

from chat.views import (
    answers,
    conversations,
    errors,
    exports,
    forking,
    health,
    imports,
    instructions,
    messages,
    personas,
    shared,
    sharing,
    streams,
    temporary,
    titles,
)

app_name = "chat"

urlpatterns = [
    path("chat/", conversations.new, name="new"),
    path("chat/<uuid:conversation_id>/", conversations.show, name="conversation"),
    path("chat/<uuid:conversation_id>/news/", conversations.news, name="news"),
    path("chat/<uuid:conversation_id>/title/", titles.title, name="title"),
    path("chat/<uuid:conversation_id>/messages/", messages.create, name="send"),
    path("chat/<uuid:conversation_id>/export/", exports.choose, name="export"),
    path("chat/<uuid:conversation_id>/export/<str:kind>/", exports.one, name="export_as"),
    path("export/", exports.everything, name="export_all"),
    path("import/", imports.bring, name="import"),
    path("chat/<uuid:conversation_id>/keep/", temporary.keep, name="keep"),
    path("chat/<uuid:conversation_id>/delete-now/", temporary.delete_now, name="delete_now"),
    path("chat/<uuid:conversation_id>/share/", sharing.share, name="share"),
    path("chat/<uuid:conversation_id>/share/take-back/", sharing.take_back, name="take_back"),
    path("shared/", sharing.shares, name="shares"),
    re_path(r"^shared/(?P<token>[A-Za-z0-9_-]{32})/$", shared.show, name="shared"),
    re_path(r"^shared/(?P<token>[A-Za-z0-9_-]{32})/continue/$", shared.proceed, name="continue_shared"),
    path("messages/<uuid:message_id>/fork/", forking.fork, name="fork"),
    path("messages/<uuid:message_id>/source/", messages.source, name="source"),
    path("messages/<uuid:message_id>/edit/", messages.edit, name="edit"),
    path("messages/<uuid:message_id>/stop/", answers.stop, name="stop"),
    path("messages/<uuid:message_id>/continue/", answers.proceed, name="continue"),
    path("messages/<uuid:message_id>/regenerate/", answers.regenerate, name="regenerate"),
    path("messages/<uuid:message_id>/choose/", answers.choose, name="choose"),
    path("messages/<uuid:message_id>/stream/", streams.stream, name="stream"),
    path("messages/<uuid:message_id>/live/", streams.live, name="live"),
    path("chat/<uuid:conversation_id>/settings/", instructions.show, name="instructions"),
    path("personas/", personas.show, name="personas"),
    path("personas/<int:persona_id>/", personas.edit, name="persona"),
    path("personas/<int:persona_id>/delete/", personas.delete, name="delete_persona"),
    path("offline/", errors.offline, name="offline"),
    path("service-worker.js", errors.service_worker, name="service_worker"),
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
]
