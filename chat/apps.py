from django.apps import AppConfig
from django.conf import settings

from accounts.limits.limits import name_installation


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        # These modules connect receivers of signals.
        from chat.delivery import background, notifying, runtime  # noqa: F401
        from chat.delivery.cluster.installation import group_name, installation_key
        from chat.naming import with_extensions
        from chat.protocol.kinds import files, places
        from chat.readers.profiles import Profiles
        from chat.readers.reader import register
        from chat.readers.search_index import SearchIndex
        from chat.reading import recalled_files, referring
        from log import changes
        from uploads import references, signing
        from uploads.hiding import expiring_url

        changes.extend_with(with_extensions)
        places.set_map_url(settings.IM66.map_url)
        files.set_signers(signing.sign, signing.sign_for_shipped_apps, expiring_url)
        runtime.add_background_task(background.lift_restrictions)
        runtime.add_background_task(background.spell_names)
        name_installation(lambda: group_name(installation_key()))
        references.set_recall_check(recalled_files.is_recalled)
        references.register(
            referring.message_stems,
            referring.restored_message_stems,
            referring.preview_stems,
            referring.sticker_stems,
        )
        register(SearchIndex())
        register(Profiles())
